# The binomial-normal model of proportions, twice: by lme4::glmer (mu, tau, standard error), and with
# the likelihood written out, integrate() for the integral and optim() for the maximum, which also
# gives the profiles that glmer's spline only approximates. metafor is not used.
# "cohorts" has the counts of seven cohorts of patients; "cbpp" is lme4's, a row a herd; "empty" has studies
# without events; "equal" has proportions that vary less than chance, so that tau is 0.
# Rscript pooled_proportion.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
suppressMessages(library(lme4))
herds <- aggregate(cbind(incidence, size) ~ herd, cbpp, sum)
data <- list(
  cohorts = list(y = c(5, 116, 16, 84, 31, 11, 12), n = c(35, 490, 34, 631, 184, 48, 36)),
  cbpp = list(y = herds$incidence, n = herds$size),
  empty = list(y = c(0, 0, 3, 9, 1), n = c(20, 15, 30, 40, 60)),
  equal = list(y = c(10, 20, 31, 5), n = c(40, 80, 120, 20)))

study <- function(mu, tau, y, n) {
  f <- function(u) {
    eta <- mu + tau * u
    lchoose(n, y) + y * eta + n * plogis(-eta, log.p = TRUE) + dnorm(u, log = TRUE)
  }
  top <- optimize(f, c(-15, 15), maximum = TRUE, tol = 1e-10)
  p <- plogis(mu + tau * top$maximum)
  s <- 1 / sqrt(1 + tau^2 * n * p * (1 - p))
  g <- function(z) exp(f(top$maximum + s * z) - top$objective)
  log(integrate(g, -15, 15, rel.tol = 1e-11, subdivisions = 1000)$value * s) + top$objective
}
summarise <- function(y, n) {
  loglik <- function(mu, tau) sum(mapply(function(a, b) study(mu, abs(tau), a, b), y, n))
  fit <- optim(c(qlogis(sum(y) / sum(n)), 0.5), function(x) -loglik(x[1], x[2]),
    control = list(reltol = 1e-15, maxit = 3000))
  fit <- optim(fit$par, function(x) -loglik(x[1], x[2]), control = list(reltol = 1e-15))
  mu <- fit$par[1]
  tau <- abs(fit$par[2])
  if (tau < 1e-3) { tau <- 0; mu <- qlogis(sum(y) / sum(n)) }
  top <- loglik(mu, tau)
  of_mu <- function(m) optimize(function(s) loglik(m, s), c(0, 8), maximum = TRUE, tol = 1e-8)$objective
  of_tau <- function(s) optimize(function(m) loglik(m, s), mu + c(-14, 10), maximum = TRUE, tol = 1e-8)$objective
  drop <- qchisq(0.95, 1) / 2
  root <- function(f, a, b) uniroot(function(x) f(x) - top + drop, c(a, b), tol = 1e-9)$root
  tau_low <- if (of_tau(0) - top + drop >= 0) 0 else root(of_tau, 0, tau)
  fitted <- suppressMessages(glmer(cbind(y, n - y) ~ 1 + (1 | id), family = binomial, nAGQ = 25,
    data = data.frame(y, n, id = factor(seq_along(y)))))
  se <- sqrt(vcov(fitted)[1, 1])
  reach <- qt(0.975, length(y) - 2) * sqrt(tau^2 + se^2)
  data.frame(mu, tau, log_likelihood = top, median = plogis(mu),
    ci_low = plogis(root(of_mu, mu - 6, mu)), ci_high = plogis(root(of_mu, mu, mu + 6)),
    tau_low, tau_high = root(of_tau, tau, 8),
    p_equal = pchisq(2 * max(top - of_tau(0), 0), 1, lower.tail = FALSE) / 2,
    prediction_low = plogis(mu - reach), prediction_high = plogis(mu + reach),
    glmer_mu = fixef(fitted)[[1]], glmer_tau = attr(VarCorr(fitted)$id, "stddev")[[1]],
    glmer_se = se)
}
golden <- do.call(rbind, lapply(names(data), function(name)
  data.frame(dataset = name, summarise(data[[name]]$y, data[[name]]$n))))
golden[-1] <- lapply(golden[-1], function(x) sprintf("%.9g", x))
write.csv(golden, file.path(out, "pooled_proportion.csv"), row.names = FALSE, quote = FALSE)
studies <- do.call(rbind, lapply(names(data), function(name)
  data.frame(dataset = name, events = data[[name]]$y, n = data[[name]]$n)))
write.csv(studies, file.path(out, "data_proportions.csv"), row.names = FALSE, quote = FALSE)
