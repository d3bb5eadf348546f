# Describe and compare every variable with R's own functions; prints the seconds and one p value.
frame <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE, na.strings = "")
ill <- frame$ill
start <- proc.time()[["elapsed"]]
p <- sapply(frame[-1], function(values) {
  if (is.numeric(values)) {
    summary(values); quantile(values, c(.25, .5, .75), na.rm = TRUE)
    tapply(values, ill, function(group) c(mean(group, na.rm = TRUE), sd(group, na.rm = TRUE),
                                          quantile(group, c(.25, .5, .75), na.rm = TRUE)))
    return(t.test(values ~ ill, var.equal = TRUE)$p.value)
  }
  counts <- table(values, ill)
  prop.table(counts, 2)
  expected <- suppressWarnings(chisq.test(counts, correct = FALSE))
  # as asked of us: the exact interval of every odds ratio, Fisher's test where a count is expected small
  exact <- if (nrow(counts) == 2) fisher.test(counts)
  if (min(expected$expected) < 5 && !is.null(exact)) exact$p.value else expected$p.value
})
cat(proc.time()[["elapsed"]] - start, format(p[["number_0"]], digits = 15), "\n")
