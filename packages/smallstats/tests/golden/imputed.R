# Given completed data sets, pooled by mice 3.15 (Debian r-cran-mice) and by hand:
#   imputed_cox: survival::lung, in data set k each missing ph.ecog and wt.loss is the mean plus
#     (k - 3) / 2 standard deviations; mice::pool of coxph, Efron's ties
#   imputed_clip: Firth's logistic regression of birthwt, 40 rows, ui and lwt, with lwt of the first
#     six rows missing and 90 + 20 k in data set k; the averaged profile distributions (Heinze,
#     Ploner, Beyea 2013), the profiles by optim and the limits by uniroot
#   imputed_hazard: mice's nelsonaalen of lung is Nelson and Aalen's estimate with Efron's ties;
#     survfit's cumhaz (ctype = 1) is used here
# Rscript imputed.R DIRECTORY
suppressMessages({library(mice); library(survival)})
out <- commandArgs(trailingOnly = TRUE)[1]
write <- function(x, name) {
  x[-1] <- lapply(x[-1], function(v) sprintf("%.15g", v))
  write.csv(x, file.path(out, paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}
write.csv(transform(lung[c("time", "age", "ph.ecog", "wt.loss")], died = as.integer(lung$status == 2)),
  file.path(out, "data_imputed_lung.csv"), row.names = FALSE, na = "", quote = FALSE)
fill <- function(x, k) { x[is.na(x)] <- mean(x, na.rm = TRUE) + (k - 3) / 2 * sd(x, na.rm = TRUE); x }
fits <- lapply(1:5, function(k) coxph(Surv(time, status == 2) ~ age + ph.ecog + wt.loss,
  transform(lung, ph.ecog = fill(ph.ecog, k), wt.loss = fill(wt.loss, k)),
  control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 100)))
pooled <- summary(pool(as.mira(fits), dfcom = sum(lung$status == 2) - 3))
extra <- pool(as.mira(fits), dfcom = sum(lung$status == 2) - 3)$pooled
write(data.frame(term = c("age", "ph.ecog", "wt.loss"), coef = pooled$estimate,
  se = pooled$std.error, p = pooled$p.value, df = pooled$df, fmi = extra$fmi), "imputed_cox")

hazard <- survfit(Surv(time, status == 2) ~ 1, lung)
write(data.frame(row = seq_len(nrow(lung)),
  hazard = hazard$cumhaz[match(lung$time, hazard$time)]), "imputed_hazard")

birthwt <- MASS::birthwt[c(1:20, 131:150), ]
sets <- lapply(1:3, function(k) { b <- birthwt; b$lwt[1:6] <- 90 + 20 * k; b })
design <- function(b) cbind(1, b$ui, b$lwt / 100)
penalised <- function(beta, x, y) {
  eta <- drop(x %*% beta); p <- plogis(eta)
  sum(y * eta - log1p(exp(eta))) +
    as.numeric(determinant(crossprod(x * sqrt(p * (1 - p))))$modulus) / 2
}
best <- function(x, y, j = 0, value = 0) {
  free <- setdiff(1:3, j)
  f <- function(b) { beta <- numeric(3); beta[free] <- b; if (j) beta[j] <- value; -penalised(beta, x, y) }
  fit <- optim(rep(0, length(free)), f, method = "BFGS", control = list(reltol = 1e-15, maxit = 1e4))
  fit <- optim(fit$par, f, method = "BFGS", control = list(reltol = 1e-15, maxit = 1e4))
  list(par = fit$par, value = -fit$value)
}
tops <- lapply(sets, function(b) best(design(b), b$low))
cdf <- function(value, j) mean(mapply(function(b, top)
  pnorm(sign(value - top$par[j]) * sqrt(max(0, 2 * (top$value - best(design(b), b$low, j, value)$value)))),
  sets, tops))
rows <- lapply(2:3, function(j) {
  find <- function(a) uniroot(function(v) cdf(v, j) - a, c(-15, 15), tol = 1e-10)$root
  f0 <- cdf(0, j)
  data.frame(term = c("ui", "lwt")[j - 1], coef = mean(sapply(tops, function(t) t$par[j])),
    low = find(0.025), high = find(0.975), p = 2 * min(f0, 1 - f0))
})
write(do.call(rbind, rows), "imputed_clip")
