package graphql

// Schema is the text of the schema.
func Schema() string { return schemaText }

// Judge is what stands before the library.
func Judge(query, operation string) error {
	o, err := read(query)
	if err != nil {
		return err
	}
	return o.check(operation)
}
