# Restricted cubic splines of rms, their knots, and logistic regressions with them.
# Rscript splines.R DIRECTORY
suppressMessages(library(rms))
out <- commandArgs(trailingOnly = TRUE)[1]
b <- MASS::birthwt
rows <- lapply(3:5, function(k) {
  x <- rcspline.eval(b$lwt, nk = k, inclx = FALSE)
  d <- datadist(b); assign("d", d, globalenv()); options(datadist = "d")
  assign("k", k, globalenv())
  fit <- lrm(low ~ rcs(lwt, k), b)
  q <- quantile(b$lwt, c(0.25, 0.75))
  s <- summary(fit, lwt = unname(q))
  straight <- lrm(low ~ lwt, b)
  data.frame(knots = k, places = paste(attr(x, "knots"), collapse = " "),
    first = paste(signif(x[1, ], 14), collapse = " "), hundredth = paste(signif(x[100, ], 14), collapse = " "),
    odds_ratio = s[2, 4], ci_low = s[2, 6], ci_high = s[2, 7],
    chi_square = unname(fit$stats["Model L.R."] - straight$stats["Model L.R."]))
})
write.csv(do.call(rbind, rows), file.path(out, "splines.csv"), row.names = FALSE, quote = FALSE)
