# Exact conditional logistic regression: one binary predictor by strata (mantelhaen.test), matched
# pairs (binom.test), conditional likelihood (survival::clogit), and three predictors by writing
# down every way the events could have fallen over the covariate patterns.
# Rscript exact.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
rows <- list()
add <- function(case, term, ...) {
  blank <- data.frame(case = case, term = term, coef = NA, se = NA, low = NA, high = NA, p = NA, mid_p = NA)
  values <- list(...)
  blank[names(values)] <- values
  rows[[length(rows) + 1]] <<- blank
}
solve_for <- function(f) uniroot(f, c(-40, 40), tol = 1e-13, maxiter = 10000)$root
inference <- function(case, term, t, log_count, observed) {
  p <- function(b) {
    w <- exp(log_count + b * t - max(log_count + b * t))
    w / sum(w)
  }
  at <- p(0)[t == observed]
  tied <- abs(p(0) / at - 1) < 1e-7
  edge <- observed == range(t)
  coef <- if (edge[1]) -Inf else if (edge[2]) Inf else solve_for(function(b) sum(t * p(b)) - observed)
  add(case, term, coef = coef,
    se = if (any(edge)) Inf else 1 / sqrt(sum(p(coef) * t^2) - sum(p(coef) * t)^2),
    low = if (edge[1]) -Inf else solve_for(function(b) log(sum(p(b)[t >= observed]) / 0.025)),
    high = if (edge[2]) Inf else solve_for(function(b) log(0.025 / sum(p(b)[t <= observed]))),
    p = sum(p(0)[tied | p(0) < at]), mid_p = sum(p(0)[!tied & p(0) < at]) + sum(p(0)[tied]) / 2)
}

# Bishop's Rabbits, the example of ?mantelhaen.test: penicillin at once or later, by dose
rabbits <- array(c(0, 0, 6, 5, 3, 0, 3, 6, 6, 2, 0, 4, 5, 6, 1, 0, 2, 5, 0, 0), dim = c(2, 2, 5))
# mantelhaen.test gives its bounds to four digits: solved here on the same distribution
count <- 1
for (k in 1:5) {
  n <- rowSums(rabbits[, , k])
  m <- sum(rabbits[, 1, k])
  cured <- max(0, m - n[2]):min(n[1], m)
  count <- rowSums(outer(seq_len(length(count) + length(cured) - 1), seq_along(cured), function(i, j)
    ifelse(i - j + 1 >= 1 & i - j + 1 <= length(count),
      count[pmin(pmax(i - j + 1, 1), length(count))], 0) *
      choose(n[1], cured[j]) * choose(n[2], m - cured[j])))
}
least <- sum(pmax(0, apply(rabbits[, 1, ], 2, sum) - apply(rabbits[2, , ], 2, sum)))
inference("rabbits", "at_once", least + seq_along(count) - 1, log(count), sum(rabbits[1, 1, ]))
m <- mantelhaen.test(rabbits, exact = TRUE)
stopifnot(all.equal(m$p.value, rows[[1]]$p), all.equal(log(m$estimate[[1]]), rows[[1]]$coef, tolerance = 1e-3),
  all.equal(log(m$conf.int[1:2]), c(rows[[1]]$low, rows[[1]]$high), tolerance = 1e-2))

# 13 pairs in which only the case is exposed, 4 in which only the control is
b <- binom.test(13, 17)
add("pairs", "exposed", coef = log(13 / 4), p = b$p.value,
  low = qlogis(b$conf.int[1]), high = qlogis(b$conf.int[2]))

library(survival)
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
g <- clogit(case ~ spontaneous + strata(stratum), infert, method = "exact", control = control)
add("infert", "spontaneous", coef = coef(g)[[1]], se = sqrt(vcov(g)[1, 1]))

nodal <- boot::nodal
predictors <- c("stage", "xray", "acid")
patterns <- aggregate(cbind(events = r, size = 1) ~ stage + xray + acid, nodal, sum)
ways <- as.matrix(expand.grid(lapply(patterns$size, seq, from = 0)))
ways <- ways[rowSums(ways) == sum(patterns$events), ]
log_count <- rowSums(mapply(function(k, n) lchoose(n, k), as.data.frame(ways), patterns$size))
x <- as.matrix(patterns[predictors])
sums <- ways %*% x
observed <- drop(patterns$events %*% x)
for (j in 1:3) {
  alike <- rowSums(sums[, -j] != rep(observed[-j], each = nrow(sums))) == 0
  count <- tapply(exp(log_count[alike]), sums[alike, j], sum)
  inference("nodal", predictors[j], as.numeric(names(count)), log(as.vector(count)), observed[[j]])
}
golden <- do.call(rbind, rows)
golden[] <- lapply(golden, function(x) if (is.numeric(x)) sprintf("%.12g", x) else x)
write.csv(golden, file.path(out, "exact.csv"), row.names = FALSE, quote = FALSE)
