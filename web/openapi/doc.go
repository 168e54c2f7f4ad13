// Package openapi describes every route of Signet in one document (OpenAPI
// 3.1), serves it, and shows it as a page where it can be read and tried.
package openapi
