# Tests of ordered levels and of skewed numbers, on data sets of R's packages.
# Rscript ordered.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
trends <- function(data, frame, outcome, variable) {
  levels <- factor(frame[[variable]])
  ill <- tapply(frame[[outcome]], levels, sum)
  all <- as.vector(table(levels))
  data.frame(data, outcome, variable, test = c("trend", "cochran-armitage", "fisher"),
    p = c(kruskal.test(as.integer(levels), frame[[outcome]])$p.value,
      suppressWarnings(prop.trend.test(ill, all)$p.value),
      fisher.test(table(levels, frame[[outcome]]), workspace = 2e7)$p.value))
}
golden <- rbind(trends("birthwt", MASS::birthwt, "low", "race"), trends("infert", infert, "case", "education"),
  trends("infert", infert, "case", "induced"), trends("infert", infert, "case", "spontaneous"),
  trends("mtcars", mtcars, "am", "cyl"), trends("nodal", boot::nodal, "r", "stage"))
golden$p <- sprintf("%.15g", golden$p)
write.csv(golden, file.path(out, "ordered.csv"), row.names = FALSE, quote = FALSE)

shift <- function(data, frame, outcome, variable, exact) {
  w <- suppressWarnings(wilcox.test(frame[[variable]][frame[[outcome]] == 1],
    frame[[variable]][frame[[outcome]] == 0], conf.int = TRUE, exact = exact, tol.root = 1e-9))
  q <- sapply(1:0, function(y) quantile(frame[[variable]][frame[[outcome]] == y], c(.5, .25, .75)))
  data.frame(data, outcome, variable, exact, p = w$p.value, estimate = unname(w$estimate),
    ci_low = w$conf.int[1], ci_high = w$conf.int[2], median_with = q[1, 1], q1_with = q[2, 1],
    q3_with = q[3, 1], median_without = q[1, 2], q1_without = q[2, 2], q3_without = q[3, 2])
}
data(endometrial, package = "brglm2", envir = environment())
golden <- rbind(
  shift("endometrial", endometrial[!duplicated(endometrial$EH), ], "HG", "EH", TRUE),
  shift("mtcars", mtcars[!duplicated(mtcars$hp), ], "am", "hp", TRUE),
  shift("mtcars", mtcars, "am", "mpg", FALSE),
  shift("birthwt", MASS::birthwt, "low", "lwt", FALSE))
golden[] <- lapply(golden, function(x) if (is.numeric(x)) sprintf("%.15g", x) else x)
write.csv(golden, file.path(out, "shift.csv"), row.names = FALSE, quote = FALSE)
