package compattest

import (
	"encoding/base64"
	"encoding/json"
	"testing"
)

// payload reads the middle part of a JWT as somebody does who trusts whoever
// brought it.
func payload(t *testing.T, part string) (all map[string]any) {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}
