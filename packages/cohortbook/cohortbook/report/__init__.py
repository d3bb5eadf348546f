"""What readers see: numbers in words, tables, figures. The only room that rounds."""
