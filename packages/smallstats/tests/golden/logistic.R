# Maximum likelihood logistic regression: glm, its tests, profile intervals, backward elimination.
# Profile bounds are solved to 1e-12 on refitted models (confint interpolates: kept for comparison).
# Rscript logistic.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
tight <- glm.control(epsilon = 1e-14, maxit = 100)
write <- function(frame, name) {
  frame[] <- lapply(frame, function(x) if (is.numeric(x)) sprintf("%.15g", x) else x)
  write.csv(frame, file.path(out, name), row.names = FALSE, quote = FALSE)
}

pima <- MASS::Pima.tr2
pima$type <- as.integer(pima$type == "Yes")
birthwt <- MASS::birthwt
birthwt$race <- factor(birthwt$race)
data(endometrial, package = "brglm2", envir = environment())
models <- list(
  birthwt = list(low ~ age + lwt + race + smoke + ht + ui, birthwt),
  infert = list(case ~ spontaneous + induced + education, infert),
  mtcars = list(am ~ wt, mtcars),
  nodal = list(r ~ aged + stage + grade + xray + acid, boot::nodal),
  pima = list(type ~ npreg + glu + bp + skin + bmi + ped + age, pima),
  endometrial = list(HG ~ PI + EH, endometrial)
)

# glm keeps the weights of its last but one iteration: fitting again from the estimates gives
# standard errors at the estimates.
exactly <- function(formula, frame) {
  g <- glm(formula, binomial, frame, control = tight)
  glm(formula, binomial, frame, control = tight, start = coef(g))
}
fit <- function(x, y, offset = rep(0, length(y))) {
  suppressWarnings(glm.fit(x, y, family = binomial(), offset = offset, control = tight))
}
score <- function(g) {
  x <- model.matrix(g)
  sapply(seq_along(attr(terms(g), "term.labels")), function(k) {
    eta <- fit(x[, attr(x, "assign") != k, drop = FALSE], g$y)$linear.predictors
    u <- crossprod(x, g$y - plogis(eta))
    drop(crossprod(u, solve(crossprod(x, x * dlogis(eta)), u)))
  })
}
log_lik <- function(g) -g$deviance / 2

coefficients <- statistics <- terms <- steps <- list()
for (name in names(models)) {
  formula <- models[[name]][[1]]
  frame <- models[[name]][[2]]
  g <- exactly(formula, frame)
  x <- model.matrix(g)
  y <- g$y
  s <- summary(g)$coefficients
  top <- as.numeric(logLik(g))
  rough <- suppressMessages(confint(g))
  for (j in seq_len(ncol(x))) {
    lost <- function(b) {
      2 * (top - log_lik(fit(x[, -j, drop = FALSE], y, b * x[, j])))
    }
    bound <- function(side) {
      far <- s[j, 1] + side * c(0, 8 * s[j, 2])
      uniroot(function(b) lost(b) - qchisq(0.95, 1), sort(far), tol = 1e-13, maxiter = 1000)$root
    }
    coefficients[[length(coefficients) + 1]] <- data.frame(
      data = name, term = rownames(s)[j], coef = s[j, 1], se = s[j, 2], wald_p = s[j, 4],
      lr_p = pchisq(lost(0), 1, lower.tail = FALSE), low = bound(-1), high = bound(1),
      confint_low = rough[j, 1], confint_high = rough[j, 2])
  }
  null <- -g$null.deviance / 2
  n <- nrow(x)
  statistics[[name]] <- data.frame(
    data = name, n = n, events = sum(y), dropped = nrow(frame) - n, log_likelihood = top,
    nagelkerke = (1 - exp(2 * (null - top) / n)) / (1 - exp(2 * null / n)),
    rms_nagelkerke = unname(rms::lrm.fit(x[, -1, drop = FALSE], y, tol = 1e-12, maxit = 50)$stats["R2"]))

  d <- drop1(g, test = "LRT")[-1, ]
  stopifnot(all.equal(score(g), drop1(g, test = "Rao")[-1, "Rao score"], tolerance = 1e-5))
  conditional <- function(g) {
    x <- model.matrix(g)
    assign <- attr(x, "assign")
    v <- vcov(g)
    sapply(seq_along(attr(terms(g), "term.labels")), function(k) {
      j <- which(assign == k)
      b <- coef(g) - v[, j, drop = FALSE] %*% solve(v[j, j], coef(g)[j])
      b[j] <- 0
      eta <- drop(x %*% b)
      2 * (as.numeric(logLik(g)) - sum(plogis(ifelse(g$y == 1, eta, -eta), log.p = TRUE)))
    })
  }
  wald <- function(g) {
    assign <- attr(model.matrix(g), "assign")
    sapply(seq_along(attr(terms(g), "term.labels")), function(k) {
      j <- which(assign == k)
      drop(coef(g)[j] %*% solve(vcov(g)[j, j], coef(g)[j]))
    })
  }
  terms[[name]] <- data.frame(
    data = name, predictor = rownames(d), df = d$Df, likelihood_ratio = d$LRT,
    score = score(g), wald = wald(g), conditional = conditional(g))

  complete <- model.frame(g)
  for (criterion in c("lr", "wald", "conditional")) {
    m <- exactly(formula, complete)
    repeat {
      labels <- attr(terms(m), "term.labels")
      if (!length(labels)) break
      d <- drop1(m, test = "LRT")[-1, ]
      statistic <- switch(criterion, lr = d$LRT, wald = wald(m), conditional = conditional(m))
      p <- pchisq(statistic, d$Df, lower.tail = FALSE)
      steps[[length(steps) + 1]] <- data.frame(
        data = name, criterion = criterion, left = length(labels), term = labels,
        statistic = statistic, p = p, removed = p == max(p) & p > 0.1)
      if (max(p) <= 0.1) break
      m <- exactly(update(formula(m), paste(". ~ . -", labels[which.max(p)])), complete)
    }
  }
}
write(do.call(rbind, coefficients), "logistic_coefficients.csv")
write(do.call(rbind, statistics), "logistic_fits.csv")
write(do.call(rbind, terms), "logistic_terms.csv")
write(do.call(rbind, steps), "logistic_elimination.csv")
