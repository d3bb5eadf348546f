# Every test of 2x2 tables: all tables with groups of up to six, the published ones, larger ones.
# The estimate and interval of fisher.test come from uniroot with a tolerance of 1e-4: here the same
# equations are solved to 1e-14. An empty margin leaves chisq.test undefined: NaN.
# Rscript two_by_two.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]

tables <- do.call(rbind, lapply(1:6, function(n1) do.call(rbind, lapply(1:6, function(n0)
  expand.grid(a = 0:n1, n1 = n1, b = 0:n0, n0 = n0)))))
tables <- rbind(tables, data.frame(
  a = c(10, 7, 11, 16, 15, 17, 23, 0, 30, 120, 3),
  n1 = c(23, 23, 23, 23, 23, 23, 23, 40, 97, 410, 900),
  b = c(5, 1, 4, 25, 10, 14, 30, 9, 45, 95, 21),
  n0 = c(31, 31, 31, 31, 31, 31, 31, 40, 97, 623, 1100)
))

tilted <- function(log_odds, k, log_count) {
  d <- log_count + log_odds * k
  d <- exp(d - max(d))
  d / sum(d)
}
root <- function(f) uniroot(f, c(-60, 60), tol = 1e-14, maxiter = 10000)$root

one <- function(a, n1, b, n0) {
  m <- matrix(c(a, b, n1 - a, n0 - b), 2)
  n <- n1 + n0
  k <- max(0, a + b - n0):min(a + b, n1)
  log_count <- lchoose(n1, k) + lchoose(n0, a + b - k)
  d <- tilted(0, k, log_count)
  at <- d[k == a]
  tied <- abs(d / at - 1) < 1e-7
  expected <- outer(rowSums(m), colSums(m)) / n
  u <- (m - expected) / expected
  g <- 2 * sum(ifelse(expected == 0, 0, ifelse(u <= -1, expected, expected * ((1 + u) * log1p(u) - u))))
  low <- if (a == min(k)) 0 else
    exp(root(function(x) log(sum(tilted(x, k, log_count)[k >= a])) - log(0.025)))
  high <- if (a == max(k)) Inf else
    exp(root(function(x) log(0.025) - log(sum(tilted(x, k, log_count)[k <= a]))))
  estimate <- if (a == min(k)) 0 else if (a == max(k)) Inf else
    exp(root(function(x) sum(k * tilted(x, k, log_count)) - a))
  data.frame(
    a, n1, b, n0,
    pearson = suppressWarnings(chisq.test(m, correct = FALSE)$p.value),
    yates = suppressWarnings(chisq.test(m)$p.value),
    fisher = fisher.test(m)$p.value,
    fisher_less = fisher.test(m, alternative = "less")$p.value,
    fisher_greater = fisher.test(m, alternative = "greater")$p.value,
    mid_p = sum(d[d < at & !tied]) + sum(d[tied]) / 2,
    likelihood_ratio = pchisq(g, 1, lower.tail = FALSE),
    odds_ratio = (a * (n0 - b)) / (b * (n1 - a)),
    conditional_odds_ratio = estimate, ci_low = low, ci_high = high,
    r_estimate = unname(fisher.test(m)$estimate), r_low = fisher.test(m)$conf.int[1],
    r_high = fisher.test(m)$conf.int[2]
  )
}
golden <- do.call(rbind, Map(one, tables$a, tables$n1, tables$b, tables$n0))
golden[] <- lapply(golden, function(x) sprintf("%.15g", x))
write.csv(golden, file.path(out, "two_by_two.csv"), row.names = FALSE, quote = FALSE)
