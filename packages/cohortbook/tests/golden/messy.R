# Data sets of R as messy files are made of, and what R says of them: Rscript messy.R, in this folder.
suppressMessages({library(survival); library(MASS)})
write <- function(x, name) write.csv(x, paste0(name, ".csv"), row.names = FALSE, na = "")
as_text <- function(d, columns) { for (k in columns) d[[k]] <- as.character(d[[k]]); d }

#' One row a number, or a level: how many are known with and without the outcome, means and SDs or counts, p.
tell <- function(name, d, y) {
  rows <- NULL
  for (v in names(d)) {
    x <- d[[v]]
    if (is.numeric(x)) {
      p <- t.test(x[y], x[!y])$p.value
      rows <- rbind(rows, data.frame(data = name, variable = v, level = "",
        n_with = sum(!is.na(x[y])), n_without = sum(!is.na(x[!y])),
        with = mean(x[y], na.rm = TRUE), without = mean(x[!y], na.rm = TRUE),
        sd_with = sd(x[y], na.rm = TRUE), sd_without = sd(x[!y], na.rm = TRUE), welch = p))
    } else for (l in sort(unique(x))) {
      rows <- rbind(rows, data.frame(data = name, variable = v, level = l,
        n_with = sum(!is.na(x[y])), n_without = sum(!is.na(x[!y])),
        with = sum(x[y] == l, na.rm = TRUE), without = sum(x[!y] == l, na.rm = TRUE),
        sd_with = NA, sd_without = NA, welch = NA))
    }
  }
  rows
}

pima <- Pima.tr2; pima$systolic <- pima$bp + 48
write(birthwt, "birthwt"); write(Melanoma, "melanoma"); write(pima, "pima"); write(kidney, "kidney")
b <- as_text(birthwt, c("race", "smoke", "ht", "ui"))
m <- as_text(Melanoma, c("sex", "ulcer"))
k <- as_text(kidney[!duplicated(kidney$id), ], c("sex", "disease"))
truth <- rbind(
  tell("birthwt", b[names(b) != "low"], b$low == 1),
  tell("melanoma", m[!names(m) %in% c("status", "time")], m$status == 1),
  tell("pima", pima[names(pima) != "type"], pima$type == "Yes"),
  tell("kidney", k[!names(k) %in% c("id", "status", "time")], k$status == 1)
)
write(truth, "messy")
