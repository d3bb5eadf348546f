# Rubin's rules with Barnard and Rubin's degrees of freedom, written out, on given imputations of
# MASS::Pima.tr2: in data set k each missing bp, skin and bmi is the mean plus k - 3
# standard deviations. The fraction of missing information is that of mice::pool.
# Rscript rubin.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
pima <- MASS::Pima.tr2
pima$type <- as.integer(pima$type == "Yes")
m <- 5
fits <- lapply(1:m, function(k) {
  filled <- pima
  for (name in c("bp", "skin", "bmi")) {
    x <- pima[[name]]
    filled[[name]][is.na(x)] <- mean(x, na.rm = TRUE) + (k - 3) * sd(x, na.rm = TRUE)
  }
  glm(type ~ age + bp + skin + bmi, binomial, filled, control = glm.control(1e-14, 100))
})
q <- sapply(fits, coef)
u <- rowMeans(sapply(fits, function(fit) diag(vcov(fit))))
b <- apply(q, 1, var)
t <- u + (1 + 1 / m) * b
r <- (1 + 1 / m) * b / u
lambda <- (1 + 1 / m) * b / t
complete <- nrow(pima) - nrow(q)
old <- (m - 1) / lambda^2
observed <- (complete + 1) / (complete + 3) * complete * (1 - lambda)
df <- old * observed / (old + observed)
coef <- rowMeans(q)
golden <- data.frame(term = sub("(Intercept)", "Intercept", rownames(q), fixed = TRUE),
  coef, se = sqrt(t), ci_low = exp(coef - qt(0.975, df) * sqrt(t)),
  ci_high = exp(coef + qt(0.975, df) * sqrt(t)), p = 2 * pt(-abs(coef) / sqrt(t), df), df,
  fmi = (r + 2 / (df + 3)) / (r + 1))
golden[-1] <- lapply(golden[-1], function(x) sprintf("%.15g", x))
write.csv(golden, file.path(out, "rubin.csv"), row.names = FALSE, quote = FALSE)
