# Pairs: the t test, Wilcoxon's signed ranks, McNemar's mid-p from the binomial distribution;
# linear and ordered outcomes with their errors; and the area under a ROC curve.
# Rscript paired.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
s <- data.frame(before = sleep$extra[1:10], after = sleep$extra[11:20])
a <- MASS::anorexia
write.csv(data.frame(before = a$Prewt, after = a$Postwt), file.path(out, "data_anorexia.csv"), row.names = FALSE)
write.csv(s, file.path(out, "data_sleep.csv"), row.names = FALSE)
t1 <- t.test(s$after, s$before, paired = TRUE); t2 <- t.test(a$Postwt, a$Prewt, paired = TRUE)
w1 <- suppressWarnings(wilcox.test(s$after, s$before, paired = TRUE))
w2 <- suppressWarnings(wilcox.test(a$Postwt, a$Prewt, paired = TRUE))
x <- c(1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
y <- c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)
w3 <- wilcox.test(y, x, paired = TRUE)
midp <- function(b, c) 2 * pbinom(min(b, c), b + c, 0.5) - dbinom(min(b, c), b + c, 0.5)
write.csv(rbind(
  data.frame(what = "t sleep", p = t1$p.value, estimate = t1$estimate, low = t1$conf.int[1], high = t1$conf.int[2]),
  data.frame(what = "t anorexia", p = t2$p.value, estimate = t2$estimate, low = t2$conf.int[1], high = t2$conf.int[2]),
  data.frame(what = "ranks sleep", p = w1$p.value, estimate = NA, low = NA, high = NA),
  data.frame(what = "ranks anorexia", p = w2$p.value, estimate = NA, low = NA, high = NA),
  data.frame(what = "ranks depression", p = w3$p.value, estimate = NA, low = NA, high = NA),
  data.frame(what = "mcnemar 1 7", p = midp(1, 7), estimate = NA, low = NA, high = NA),
  data.frame(what = "mcnemar 12 3", p = midp(12, 3), estimate = NA, low = NA, high = NA)),
  file.path(out, "paired.csv"), row.names = FALSE)
b <- MASS::birthwt
f <- glm(low ~ age + lwt + smoke + ht, binomial, b, method = brglm2::brglmFit, type = "AS_mean",
  epsilon = 1e-12, maxit = 500)
eta <- predict(f) - coef(f)[1]
flic <- glm(low ~ 1, binomial, b, offset = eta)
p <- fitted(flic)
auc <- survival::concordance(low ~ p, b)$concordance
above <- outer(p[b$low == 1], p[b$low == 0], function(x, y) (x > y) + 0.5 * (x == y))
v <- var(rowMeans(above)) / nrow(above) + var(colMeans(above)) / ncol(above)
ends <- plogis(qlogis(auc) + c(-1, 1) * qnorm(0.975) * sqrt(v) / (auc * (1 - auc)))
write.csv(data.frame(intercept = unname(coef(flic)), age = coef(f)[["age"]], first = p[[1]],
  last = p[[length(p)]], auc = unname(auc), low = ends[1], high = ends[2]),
  file.path(out, "flic.csv"), row.names = FALSE)
