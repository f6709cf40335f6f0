// Package catalogue lists the built-in kinds. To add a kind, add its folder and one line here; a test sees to it that no
// folder is forgotten.
package catalogue
