# Birth weights (MASS): least squares with HC3 errors, proportional odds, clusters, Cox with a
# reference level and a step.
# Rscript outcomes.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
b <- MASS::birthwt
b$id <- seq_len(nrow(b)); b$site <- (b$id * 7) %% 23
b$grade <- cut(b$bwt, c(0, 2500, 3200, 6000), labels = c("low", "middle", "high"), ordered_result = TRUE)
b$race <- factor(c("white", "black", "other")[b$race], c("white", "black", "other"))
write.csv(b[c("id", "site", "low", "age", "lwt", "race", "smoke", "bwt", "grade")],
  file.path(out, "births.csv"), row.names = FALSE, quote = FALSE)
b$race <- relevel(b$race, "other"); b$age10 <- b$age / 10; b$double <- log2(b$lwt)
lin <- lm(bwt ~ age10 + double + race + smoke, b)
v <- sandwich::vcovHC(lin, "HC3"); se <- sqrt(diag(v)); t <- qt(0.975, lin$df.residual)
rows <- data.frame(model = "linear", term = names(coef(lin)), estimate = coef(lin), low = coef(lin) - t * se,
  high = coef(lin) + t * se, p = 2 * pt(-abs(coef(lin) / se), lin$df.residual))
pol <- MASS::polr(grade ~ age10 + double + race + smoke, b, Hess = TRUE, control = list(reltol = 1e-14))
k <- length(coef(pol)); s <- sqrt(diag(vcov(pol)))[1:k]; z <- qnorm(0.975)
rows <- rbind(rows, data.frame(model = "ordered", term = names(coef(pol)), estimate = exp(coef(pol)),
  low = exp(coef(pol) - z * s), high = exp(coef(pol) + z * s), p = 2 * pnorm(-abs(coef(pol) / s))))
pc <- sqrt(diag(sandwich::vcovCL(pol, ~ site, type = "HC1", cadjust = TRUE)))[1:k]
rows <- rbind(rows, data.frame(model = "ordered clustered", term = names(coef(pol)), estimate = exp(coef(pol)),
  low = exp(coef(pol) - z * pc), high = exp(coef(pol) + z * pc), p = 2 * pnorm(-abs(coef(pol) / pc))))
g <- glm(low ~ age10 + double + race + smoke, binomial, b, epsilon = 1e-12)
cl <- sqrt(diag(sandwich::vcovCL(g, ~ site, type = "HC1", cadjust = TRUE)))
rows <- rbind(rows, data.frame(model = "clustered", term = names(coef(g)), estimate = exp(coef(g)),
  low = exp(coef(g) - z * cl), high = exp(coef(g) + z * cl), p = 2 * pnorm(-abs(coef(g) / cl))))
write.csv(rows, file.path(out, "outcomes.csv"), row.names = FALSE, quote = FALSE)
