// Package graphql serves the sign-in half of Directus' GraphQL interface: five
// mutations over the same broker as the native interface, with its codes.
package graphql
