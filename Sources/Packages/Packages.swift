// Packages
