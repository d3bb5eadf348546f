# p values adjusted by p.adjust.
# Rscript adjusted_p.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
p <- c(0.02, 0.01, NA, 0.3, 0.0004, 0.04, 0.02, 0.9, 0.0411, 1, 0)
frame <- data.frame(p = p, holm = p.adjust(p, "holm"), bh = p.adjust(p, "BH"))
write.csv(frame, file.path(out, "adjusted_p.csv"), row.names = FALSE, na = "")
