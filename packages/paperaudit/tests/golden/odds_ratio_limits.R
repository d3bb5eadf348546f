# Profile likelihood limits of an odds ratio by MASS and glm, and mid-p limits by bisection of the
# noncentral hypergeometric distribution written out.
# Rscript odds_ratio_limits.R > odds_ratio_limits.csv
suppressMessages(library(MASS))
cat("a,n1,b,n0,level,method,low,high\n")
show <- function(x, level, method, limits) {
  cat(c(x, level, method, format(limits, digits = 12)), sep = ",")
  cat("\n")
}
cases <- list(c(57, 96, 84, 194), c(7, 23, 1, 31), c(20, 42, 9, 40), c(30, 100, 45, 100), c(3, 60, 9, 55))
for (x in cases) for (level in c(0.95, 0.9)) {
  a <- x[1]; n1 <- x[2]; b <- x[3]; n0 <- x[4]
  fit <- glm(cbind(c(a, b), c(n1 - a, n0 - b)) ~ c(1, 0), family = binomial,
             control = glm.control(epsilon = 1e-14, maxit = 100))
  limits <- suppressMessages(confint(profile(fit, alpha = 0.001, del = 0.02, maxsteps = 400),
                                     level = level)[2, ])
  show(x, level, "profile likelihood", exp(limits))
  support <- max(0, a + b - n0):min(a + b, n1)
  below <- function(t) {
    p <- choose(n1, support) * choose(n0, a + b - support) * exp(t * support)
    (sum(p[support < a]) + p[support == a] / 2) / sum(p)
  }
  at <- function(q) uniroot(function(t) below(t) - q, c(-8, 8), tol = 1e-13)$root
  show(x, level, "mid-p", exp(c(at((1 + level) / 2), at((1 - level) / 2))))
}
