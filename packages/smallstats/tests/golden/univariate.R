# t tests, rank tests, chi-square of larger tables and quantiles, on data sets of R's packages.
# Rscript univariate.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
rows <- list()
add <- function(data, outcome, variable, test, p, estimate = NA, low = NA, high = NA) {
  rows[[length(rows) + 1]] <<- data.frame(data, outcome, variable, test, p = p,
    estimate = estimate, ci_low = low, ci_high = high)
}
numbers <- function(data, frame, outcome, variable) {
  with_it <- frame[[variable]][frame[[outcome]] == 1]
  without <- frame[[variable]][frame[[outcome]] == 0]
  for (pooled in c(TRUE, FALSE)) {
    t <- t.test(with_it, without, var.equal = pooled)
    add(data, outcome, variable, if (pooled) "student" else "welch", t$p.value,
      -diff(unname(t$estimate)), t$conf.int[1], t$conf.int[2])
  }
  add(data, outcome, variable, "mann-whitney",
    suppressWarnings(wilcox.test(with_it, without)$p.value))
}
numbers("mtcars", mtcars, "am", "mpg")
numbers("mtcars", mtcars, "vs", "wt")
numbers("birthwt", MASS::birthwt, "low", "age")
numbers("birthwt", MASS::birthwt, "ht", "lwt")
pima <- MASS::Pima.tr2
pima$type <- as.integer(pima$type == "Yes")
numbers("pima", pima, "type", "bp")
# without ties, so that R takes the exact distribution
numbers("endometrial", brglm2::endometrial[!duplicated(brglm2::endometrial$EH), ], "HG", "EH")

counts <- function(data, frame, outcome, variable) {
  add(data, outcome, variable, "pearson",
    suppressWarnings(chisq.test(table(frame[[variable]], frame[[outcome]]))$p.value))
}
counts("birthwt", MASS::birthwt, "low", "race")
counts("infert", infert, "case", "education")
counts("mtcars", mtcars, "am", "cyl")
golden <- do.call(rbind, rows)
golden[] <- lapply(golden, function(x) if (is.numeric(x)) sprintf("%.15g", x) else x)
write.csv(golden, file.path(out, "univariate.csv"), row.names = FALSE, quote = FALSE)

describe <- function(data, frame, variable) {
  x <- frame[[variable]]
  q <- quantile(x, na.rm = TRUE, names = FALSE)
  data.frame(data, variable, total = sum(!is.na(x)), missing = sum(is.na(x)),
    mean = mean(x, na.rm = TRUE), sd = sd(x, na.rm = TRUE),
    min = q[1], q1 = q[2], median = q[3], q3 = q[4], max = q[5])
}
golden <- rbind(describe("pima", pima, "bp"), describe("pima", pima, "bmi"),
  describe("mtcars", mtcars, "mpg"), describe("endometrial", brglm2::endometrial, "EH"))
golden[] <- lapply(golden, function(x) if (is.numeric(x)) sprintf("%.15g", x) else x)
write.csv(golden, file.path(out, "descriptive.csv"), row.names = FALSE, quote = FALSE)
