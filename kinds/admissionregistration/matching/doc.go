// Package matching says which requests webhooks and admission policies look at: rules of operations and resources, selectors, and
// match conditions. Here are their defaults and what may be wrong with them.
package matching
