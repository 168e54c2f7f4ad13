package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/openid"
)

// preset is a known service, whatever its driver.
type preset struct {
	driver, name, label, icon string
	id                        string // where the profile holds the immutable id
	trust                     string // when an address counts as verified
	note                      string
}

// presets are all known services, by driver and name.
func presets() []preset {
	var all []preset
	for _, p := range openid.Presets() {
		all = append(all, preset{config.DriverOpenID, p.Name, p.Label, p.Icon, "sub", "verified_claim", p.Note})
	}
	for _, p := range oauth2.Presets() {
		all = append(all, preset{config.DriverOAuth2, p.Name, p.Label, p.Icon, p.ID, p.EmailTrust, urls(p)})
	}
	return all
}

// urls says what a self-hosted instance needs, and the note.
func urls(p oauth2.Preset) string {
	if len(p.URLs) == 0 {
		return p.Note
	}
	keys := "instance: " + strings.Join(p.URLs, " or ")
	if len(p.URLs) > 1 {
		keys = "instance: " + p.URLs[0] + ", or " + strings.Join(p.URLs[1:], ", ")
	}
	return strings.TrimSuffix(keys+"; "+p.Note, "; ")
}

// presetOf is the preset of a provider, the zero one for none.
func presetOf(p config.Provider) preset {
	name := ""
	switch {
	case p.OpenID != nil:
		name = p.OpenID.Preset
	case p.OAuth2 != nil:
		name = p.OAuth2.Preset
	}
	for _, known := range presets() {
		if known.driver == p.Driver && known.name == name {
			return known
		}
	}
	return preset{}
}

// icon is the configured one, else the preset's.
func icon(p config.Provider) string { return cmp.Or(p.Icon, presetOf(p).icon) }

// label is the configured one, else the preset's: a label that was left out is
// the name.
func label(p config.Provider) string {
	if p.Label != p.Name {
		return p.Label
	}
	return cmp.Or(presetOf(p).label, p.Name)
}

// trusted says in a word when a service's addresses count as verified.
var trusted = map[string]string{"verified_claim": "as it says", "never": "not verified"}

func (p *program) providerPresets() *cobra.Command {
	return &cobra.Command{
		Use: "presets", Short: "List the services that Signet knows", Args: cobra.NoArgs,
		Long: `List the services that Signet knows: for each, the driver and preset to write,
where it keeps a person's immutable id, whether its e-mail addresses count as
verified, and what is particular about it. Any other server works without a
preset.`,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PRESET\tDRIVER\tSERVICE\tID\tE-MAIL\tNOTE")
			for _, k := range presets() {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.name, k.driver, k.label, k.id, trusted[k.trust], k.note)
			}
			return w.Flush()
		},
	}
}
