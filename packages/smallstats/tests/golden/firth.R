# Firth's penalised likelihood and log-F priors: coefficients, profile intervals, likelihood ratio p.
# Coefficients are brglm2's. Nothing in R at hand profiles the penalised likelihood: it is maximised
# here by optim and its bounds solved by uniroot. Also writes the data set sex2 of logistf (urinary
# tract infection in 239 women, by pattern) and what logistf prints for it.
# Rscript firth.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
write <- function(frame, name) {
  frame[] <- lapply(frame, function(x) if (is.numeric(x)) sprintf("%.12g", x) else x)
  write.csv(frame, file.path(out, name), row.names = FALSE, quote = FALSE)
}
patterns <- read.table(header = TRUE, text = "
  case age oc vic vicl vis dia count
  0 0 0 0 0 1 0 1
  0 0 0 1 0 0 0 2
  0 0 0 1 0 1 0 1
  0 0 0 1 1 0 0 8
  0 0 0 1 1 1 0 18
  0 0 1 0 0 0 0 42
  0 0 1 0 0 1 0 1
  0 0 1 1 0 0 0 1
  0 0 1 1 1 0 0 5
  0 0 1 1 1 1 0 6
  0 1 0 1 1 0 0 2
  0 1 0 1 1 1 0 4
  0 1 1 0 0 0 0 14
  0 1 1 0 0 1 0 1
  0 1 1 1 0 0 0 1
  0 1 1 1 1 1 0 2
  1 0 0 0 0 1 0 1
  1 0 0 1 0 0 0 14
  1 0 0 1 0 1 0 3
  1 0 0 1 1 0 0 10
  1 0 0 1 1 1 0 12
  1 0 0 1 1 1 1 1
  1 0 1 0 0 0 0 44
  1 0 1 0 0 0 1 3
  1 0 1 1 0 0 0 15
  1 0 1 1 0 0 1 1
  1 0 1 1 0 1 0 2
  1 0 1 1 1 0 0 7
  1 0 1 1 1 1 0 3
  1 1 0 1 0 0 0 2
  1 1 0 1 0 1 0 1
  1 1 0 1 0 1 1 1
  1 1 0 1 1 0 0 1
  1 1 0 1 1 1 1 1
  1 1 1 0 0 0 0 5
  1 1 1 1 0 0 0 3
")
sex2 <- patterns[rep(seq_len(nrow(patterns)), patterns$count), -8]
write.csv(sex2, file.path(out, "data_sex2.csv"), row.names = FALSE)

birthwt <- MASS::birthwt
birthwt$race <- factor(birthwt$race)
data(endometrial, package = "brglm2", envir = environment())
models <- list(
  sex2 = list(case ~ age + oc + vic + vicl + vis + dia, sex2),
  endometrial = list(HG ~ NV + PI + EH, endometrial),
  nodal = list(r ~ aged + stage + grade + xray + acid, boot::nodal),
  birthwt = list(low ~ age + race + smoke + ht, birthwt)
)

log_lik <- function(b, x, y) {
  eta <- drop(x %*% b)
  sum(plogis(ifelse(y == 1, eta, -eta), log.p = TRUE))
}
penalties <- list(
  firth = list(
    value = function(b, x) determinant(crossprod(x, x * dlogis(drop(x %*% b))))$modulus / 2,
    slope = function(b, x) {
      p <- plogis(drop(x %*% b))
      w <- p * (1 - p)
      h <- w * rowSums((x %*% solve(crossprod(x, x * w))) * x)
      drop(crossprod(x, h * (0.5 - p)))
    }),
  # m / 2 events and m / 2 others for each coefficient but the intercept, here m = 1 and 2
  logf1 = list(
    value = function(b, x) sum(b[-1] / 2 - log1p(exp(b[-1]))),
    slope = function(b, x) c(0, 0.5 - plogis(b[-1]))),
  logf2 = list(
    value = function(b, x) 2 * sum(b[-1] / 2 - log1p(exp(b[-1]))),
    slope = function(b, x) 2 * c(0, 0.5 - plogis(b[-1])))
)
# largest penalised log-likelihood with coefficient j (0: none) fixed at `at`
largest <- function(penalty, x, y, start, j = 0, at = 0) {
  free <- setdiff(seq_along(start), j)
  whole <- function(b) {
    start[free] <- b
    start[j] <- at
    start
  }
  f <- function(b) -log_lik(whole(b), x, y) - penalty$value(whole(b), x)
  g <- function(b) {
    b <- whole(b)
    -(drop(crossprod(x, y - plogis(drop(x %*% b)))) + penalty$slope(b, x))[free]
  }
  size <- 1 / apply(abs(x), 2, max)[free]
  b <- start[free]
  for (again in 1:2) {
    b <- optim(b, f, g, method = "BFGS", control = list(reltol = 1e-16, maxit = 500, parscale = size))$par
  }
  list(par = whole(b), value = -f(b))
}

rows <- list()
for (name in names(models)) {
  formula <- models[[name]][[1]]
  frame <- models[[name]][[2]]
  x <- model.matrix(formula, frame)
  y <- model.response(model.frame(formula, frame))
  biasred <- glm(formula, binomial, frame, method = brglm2::brglmFit, type = "AS_mean",
    epsilon = 1e-12, maxit = 1000)
  for (kind in names(penalties)) {
    penalty <- penalties[[kind]]
    top <- largest(penalty, x, y, coef(biasred))
    if (kind == "firth") {
      stopifnot(max(abs(top$par - coef(biasred))) < 1e-5)
      top$par <- coef(biasred)
    }
    se <- sqrt(diag(solve(crossprod(x, x * dlogis(drop(x %*% top$par))))))
    for (j in seq_along(top$par)) {
      lost <- function(at) 2 * (top$value - largest(penalty, x, y, top$par, j, at)$value)
      bound <- function(side) {
        far <- top$par[j] + side * se[j] * c(0.5, 3)
        while (lost(far[2]) < 4) far <- far + side * c(0, 2 * se[j])
        uniroot(function(at) lost(at) - qchisq(0.95, 1), sort(far), tol = 1e-10)$root
      }
      rows[[length(rows) + 1]] <- data.frame(data = name, penalty = kind, term = colnames(x)[j],
        coef = top$par[[j]], se = if (kind == "firth") se[[j]] else NA,
        p = pchisq(lost(0), 1, lower.tail = FALSE), low = bound(-1), high = bound(1))
    }
  }
}
write(do.call(rbind, rows), "firth.csv")
