# Values that test_statistic_checks.py compares with. Run: Rscript statistics.R > statistics.csv
library(survival)
row <- function(what, arguments, value) cat(what, ",", arguments, ",", sprintf("%.12g", value), "\n", sep = "")
cat("what,arguments,value\n")
row("t", "2.20|28", 2 * pt(-2.20, 28))
row("t", "0.31|7.4", 2 * pt(-0.31, 7.4))
row("f", "2.20|2|28", pf(2.20, 2, 28, lower.tail = FALSE))
row("f", "11.37|2|25", pf(11.37, 2, 25, lower.tail = FALSE))
row("chi2", "16.78|1", pchisq(16.78, 1, lower.tail = FALSE))
row("q", "22.20|28", pchisq(22.20, 28, lower.tail = FALSE))
row("z", "1.23", 2 * pnorm(-1.23))
r <- 0.22
row("correlation", "0.22|28", 2 * pt(-r * sqrt(28 / (1 - r^2)), 28))
for (case in list(c(81, 263), c(1, 29), c(0, 20), c(20, 20), c(15, 148))) {
  n <- case[1]; m <- case[2]; name <- paste(n, m, sep = "|")
  exact <- 100 * binom.test(n, m)$conf.int
  wilson <- 100 * prop.test(n, m, correct = FALSE)$conf.int
  corrected <- 100 * suppressWarnings(prop.test(n, m))$conf.int
  for (i in 1:2) {
    row("Clopper-Pearson", paste(name, i, sep = "|"), exact[i])
    row("Wilson", paste(name, i, sep = "|"), wilson[i])
    row("Wilson with continuity correction", paste(name, i, sep = "|"), corrected[i])
  }
}
row("t interval", "10|25", qt(0.975, 24) * 10 / 5)
row("t interval 90", "4.2|12", qt(0.95, 11) * 4.2 / sqrt(12))
# Two groups, an event or a censoring at each time.
time <- c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12)
died <- c(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, rep(1, 16))
group <- rep(1:2, c(14, 16))
test <- survdiff(Surv(time, died) ~ group)
row("log-rank chi2", "", test$chisq)
row("log-rank p", "", test$pvalue)
at <- sort(unique(time[died == 1]))
for (g in 1:2) {
  n <- sapply(at, function(t) sum(time >= t & group == g))
  d <- sapply(at, function(t) sum(time == t & died == 1 & group == g))
  cat("at risk,", g, ",", paste(n, collapse = " "), "\n", sep = "")
  cat("events,", g, ",", paste(d, collapse = " "), "\n", sep = "")
}
