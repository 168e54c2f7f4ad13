package graphql

import (
	"maps"
	"net/http"

	"github.com/graph-gophers/graphql-go/errors"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// forDocuments is the native profile with Directus's code for documents that are
// wrong.
func forDocuments(native wire.Profile) wire.Profile {
	native.Answers = maps.Clone(native.Answers)
	native.Answers[broker.CodePayload] = wire.Answer{
		Status: http.StatusBadRequest, Code: "GRAPHQL_VALIDATION_EXCEPTION", Message: "GraphQL validation error.",
	}
	return native
}

const notValid = "the query is not valid"

// reasons are what is told about a document that breaks one of the library's
// rules. The library's own words repeat what was sent and suggest what there is.
var reasons = map[string]string{
	"FieldsOnCorrectTypeRule":          "a field is unknown",
	"ScalarLeafsRule":                  "a field must say, or must not, what of it is asked for",
	"OverlappingFieldsCanBeMergedRule": "two fields have one name",
	"KnownArgumentNamesRule":           "an argument is unknown",
	"UniqueArgumentNamesRule":          "an argument is there twice",
	"ProvidedRequiredArgumentsRule":    "a required argument is missing",
	"ValuesOfCorrectTypeRule":          "a value is of the wrong type",
	"VariablesOfCorrectType":           "a variable is of the wrong type",
	"VariablesAreInputTypesRule":       "a variable is of the wrong type",
	"VariablesInAllowedPositionRule":   "a variable is of the wrong type for its place",
	"NoUndefinedVariablesRule":         "a variable is not declared",
	"NoUnusedVariablesRule":            "a variable is not used",
	"UniqueVariableNamesRule":          "a variable is declared twice",
	"KnownDirectivesRule":              "a directive is unknown or does not belong here",
	"UniqueDirectivesPerLocationRule":  "a directive is there twice",
	"KnownFragmentNamesRule":           "a fragment is unknown",
	"MaxDepthEvaluationError":          "a fragment is unknown",
	"NoUnusedFragmentsRule":            "a fragment is not used",
	"PossibleFragmentSpreadsRule":      "a fragment is of another type than its place",
	"FragmentsOnCompositeTypesRule":    "a fragment is of a type that has no fields",
	"UniqueOperationNamesRule":         "two operations have one name",
	"LoneAnonymousOperationRule":       "an operation without a name is not the only one",
}

// explain is the error for one of the library's, without its words.
func explain(e *errors.QueryError) error {
	reason, known := reasons[e.Rule]
	if !known {
		reason = notValid
	}
	if len(e.Locations) == 0 {
		return broker.Fail(broker.CodePayload, reason)
	}
	return invalid(reason, e.Locations[0].Line, e.Locations[0].Column)
}
