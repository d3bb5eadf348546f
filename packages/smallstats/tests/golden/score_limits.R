# Miettinen and Nurminen's score limits, with the restricted estimates found by maximising the
# likelihood (no closed form), and mid-p limits from the noncentral hypergeometric distribution.
# Rscript score_limits.R > score_limits.csv
tables <- rbind(c(7, 23, 1, 31), c(11, 23, 4, 31), c(0, 12, 5, 14), c(15, 23, 10, 31), c(3, 9, 9, 10),
                c(56, 70, 48, 80), c(9, 10, 3, 10), c(10, 10, 0, 20), c(5, 56, 0, 29), c(40, 200, 60, 180))
z <- qnorm(0.975)
second <- list(difference = function(p1, d) p1 - d, ratio = function(p1, r) p1 / r,
               odds = function(p1, o) (p1 / (1 - p1)) / (o + p1 / (1 - p1)))
logl <- function(x, n, p) ifelse(x == 0, 0, x * log(p)) + ifelse(n - x == 0, 0, (n - x) * log(1 - p))
score2 <- function(t, measure, v) {
  a <- t[1]; n1 <- t[2]; b <- t[3]; n0 <- t[4]; n <- n1 + n0
  span <- switch(measure, difference = c(max(0, v), min(1, 1 + v)), ratio = c(0, min(1, v)), odds = c(0, 1))
  f <- function(p) { q <- second[[measure]](p, v); logl(a, n1, p) + logl(b, n0, q) }
  e <- 1e-12 * diff(span)
  p1 <- optimize(f, span + c(e, -e), maximum = TRUE, tol = 1e-13)$maximum
  p0 <- second[[measure]](p1, v)
  if (measure == "odds") (a - n1 * p1)^2 * (1 / (n1 * p1 * (1 - p1)) + 1 / (n0 * p0 * (1 - p0))) * (n - 1) / n
  else {
    k <- if (measure == "ratio") v else 1
    d <- a / n1 - (if (measure == "ratio") v * b / n0 else b / n0 + v)
    d^2 / ((p1 * (1 - p1) / n1 + k^2 * p0 * (1 - p0) / n0) * n / (n - 1))
  }
}
root <- function(t, measure, from, to) {
  g <- if (measure == "difference") identity else exp
  f <- function(v) score2(t, measure, g(v)) - z^2
  if (f(from) * f(to) > 0) return(NA)
  g(uniroot(f, sort(c(from, to)), tol = 1e-10)$root)
}
out <- do.call(rbind, apply(tables, 1, function(t) {
  p1 <- t[1] / t[2]; p0 <- t[3] / t[4]
  odds <- p1 / (1 - p1) / (p0 / (1 - p0))
  do.call(rbind, lapply(names(second), function(m) {
    at <- switch(m, difference = p1 - p0, ratio = log(p1 / p0), odds = log(odds))
    far <- if (m == "difference") c(-1 + 1e-7, 1 - 1e-7) else c(-12, 12)
    start <- function(side) if (is.finite(at)) at else -side * far[2]
    low <- if (at == -Inf) NA else root(t, m, far[1], if (is.finite(at)) at - 1e-9 else far[2])
    high <- if (at == Inf) NA else root(t, m, if (is.finite(at)) at + 1e-9 else far[1], far[2])
    data.frame(a = t[1], n1 = t[2], b = t[3], n0 = t[4], measure = m, low = low, high = high)
  }))
}, simplify = FALSE))
# mid-p: half of the observed table in each tail
midp <- do.call(rbind, apply(tables, 1, function(t) {
  m <- t[1] + t[3]; k <- max(0, m - t[4]):min(m, t[2]); l <- lchoose(t[2], k) + lchoose(t[4], m - k)
  tail <- function(beta, up) { p <- exp(l + beta * k - max(l + beta * k)); p <- p / sum(p)
    sum(p[if (up) k > t[1] else k < t[1]]) + p[k == t[1]] / 2 }
  low <- if (t[1] == min(k)) 0 else exp(uniroot(function(b) tail(b, TRUE) - 0.025, c(-30, 30), tol = 1e-11)$root)
  high <- if (t[1] == max(k)) Inf else exp(uniroot(function(b) tail(b, FALSE) - 0.025, c(-30, 30), tol = 1e-11)$root)
  data.frame(a = t[1], n1 = t[2], b = t[3], n0 = t[4], measure = "mid-p", low = low, high = high)
}, simplify = FALSE))
write.csv(rbind(out, midp), row.names = FALSE, quote = FALSE)
