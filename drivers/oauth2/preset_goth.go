package oauth2

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/amazon"
	"github.com/markbates/goth/providers/auth0"
	"github.com/markbates/goth/providers/battlenet"
	"github.com/markbates/goth/providers/bitbucket"
	"github.com/markbates/goth/providers/box"
	"github.com/markbates/goth/providers/classlink"
	"github.com/markbates/goth/providers/cloudfoundry"
	"github.com/markbates/goth/providers/cognito"
	"github.com/markbates/goth/providers/dailymotion"
	"github.com/markbates/goth/providers/deezer"
	"github.com/markbates/goth/providers/digitalocean"
	"github.com/markbates/goth/providers/discord"
	"github.com/markbates/goth/providers/dropbox"
	"github.com/markbates/goth/providers/eveonline"
	"github.com/markbates/goth/providers/facebook"
	"github.com/markbates/goth/providers/fitbit"
	"github.com/markbates/goth/providers/gitea"
	"github.com/markbates/goth/providers/github"
	"github.com/markbates/goth/providers/gitlab"
	"github.com/markbates/goth/providers/heroku"
	"github.com/markbates/goth/providers/hubspot"
	"github.com/markbates/goth/providers/intercom"
	"github.com/markbates/goth/providers/kakao"
	"github.com/markbates/goth/providers/mastodon"
	"github.com/markbates/goth/providers/naver"
	"github.com/markbates/goth/providers/nextcloud"
	"github.com/markbates/goth/providers/okta"
	"github.com/markbates/goth/providers/patreon"
	"github.com/markbates/goth/providers/paypal"
	"github.com/markbates/goth/providers/salesforce"
	"github.com/markbates/goth/providers/soundcloud"
	"github.com/markbates/goth/providers/spotify"
	"github.com/markbates/goth/providers/strava"
	"github.com/markbates/goth/providers/stripe"
	"github.com/markbates/goth/providers/twitch"
	"github.com/markbates/goth/providers/uber"
	"github.com/markbates/goth/providers/vk"
	"github.com/markbates/goth/providers/wepay"
	"github.com/markbates/goth/providers/yahoo"
	"github.com/markbates/goth/providers/yandex"
	"github.com/markbates/goth/providers/zoom"
)

// site is what one of goth's providers is made of. It never sees a callback, a
// state or a code: it is asked for addresses and profiles only.
type site struct {
	id, secret string
	sites      // zero for the service's own
	client     *http.Client
}

// base is what stands before a path of an instance; goth adds it again.
func (s site) base(path string) string { return strings.TrimSuffix(s.authorize, path) }

// host is the host of an instance, with its port.
func (s site) host() string {
	u, err := url.Parse(s.authorize)
	if err != nil {
		return ""
	}
	return u.Host
}

// goths are goth's constructors. Each call makes a value of its own: nothing
// of goth's is shared or registered.
var goths = map[string]func(site) goth.Provider{
	"amazon": func(s site) goth.Provider { p := amazon.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"auth0": func(s site) goth.Provider {
		p := auth0.New(s.id, s.secret, "", s.host())
		p.HTTPClient = s.client
		return p
	},
	"battlenet": func(s site) goth.Provider { p := battlenet.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"bitbucket": func(s site) goth.Provider { p := bitbucket.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"box":       func(s site) goth.Provider { p := box.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"classlink": func(s site) goth.Provider { p := classlink.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"cloudfoundry": func(s site) goth.Provider {
		p := cloudfoundry.New("", s.id, s.secret, "")
		p.UserInfoURL, p.HTTPClient = s.profile, s.client
		return p
	},
	"cognito": func(s site) goth.Provider {
		p := cognito.NewCustomisedURL(s.id, s.secret, "", s.authorize, s.token, "", s.profile)
		p.HTTPClient = s.client
		return p
	},
	"dailymotion": func(s site) goth.Provider {
		p := dailymotion.New(s.id, s.secret, "")
		p.HTTPClient = s.client
		return p
	},
	"deezer": func(s site) goth.Provider { p := deezer.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"digitalocean": func(s site) goth.Provider {
		p := digitalocean.New(s.id, s.secret, "")
		p.HTTPClient = s.client
		return p
	},
	"discord":   func(s site) goth.Provider { p := discord.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"dropbox":   func(s site) goth.Provider { p := dropbox.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"eveonline": func(s site) goth.Provider { p := eveonline.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"facebook":  func(s site) goth.Provider { p := facebook.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"fitbit":    func(s site) goth.Provider { p := fitbit.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"gitea": func(s site) goth.Provider {
		p := gitea.NewCustomisedURL(s.id, s.secret, "", s.authorize, s.token, s.profile)
		p.HTTPClient = s.client
		return p
	},
	"github": func(s site) goth.Provider {
		p := github.NewCustomisedURL(s.id, s.secret, "", s.authorize, s.token, s.profile, s.profile+"/emails")
		p.HTTPClient = s.client
		return p
	},
	"gitlab": func(s site) goth.Provider {
		p := gitlab.NewCustomisedURL(s.id, s.secret, "", s.authorize, s.token, s.profile)
		p.HTTPClient = s.client
		return p
	},
	"heroku":   func(s site) goth.Provider { p := heroku.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"hubspot":  func(s site) goth.Provider { p := hubspot.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"intercom": func(s site) goth.Provider { p := intercom.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"kakao":    func(s site) goth.Provider { p := kakao.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"mastodon": func(s site) goth.Provider {
		p := mastodon.NewCustomisedURL(s.id, s.secret, "", s.base("/oauth/authorize"))
		p.HTTPClient = s.client
		return p
	},
	"naver": func(s site) goth.Provider { p := naver.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"nextcloud": func(s site) goth.Provider {
		p := nextcloud.NewCustomisedURL(s.id, s.secret, "", s.authorize, s.token, s.profile)
		p.HTTPClient = s.client
		return p
	},
	"okta": func(s site) goth.Provider {
		p := okta.NewCustomisedURL(s.id, s.secret, "", s.authorize, s.token, "", s.profile)
		p.HTTPClient = s.client
		return p
	},
	"patreon": func(s site) goth.Provider { p := patreon.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"paypal": func(s site) goth.Provider {
		p := paypal.NewCustomisedURL(s.id, s.secret, "", s.authorize, s.token, s.profile)
		p.HTTPClient = s.client
		return p
	},
	"salesforce": func(s site) goth.Provider { p := salesforce.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"soundcloud": func(s site) goth.Provider { p := soundcloud.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"spotify":    func(s site) goth.Provider { p := spotify.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"strava":     func(s site) goth.Provider { p := strava.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"stripe":     func(s site) goth.Provider { p := stripe.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"twitch":     func(s site) goth.Provider { p := twitch.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"uber":       func(s site) goth.Provider { p := uber.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"vk":         func(s site) goth.Provider { p := vk.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"wepay":      func(s site) goth.Provider { p := wepay.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"yahoo":      func(s site) goth.Provider { p := yahoo.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"yandex":     func(s site) goth.Provider { p := yandex.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
	"zoom":       func(s site) goth.Provider { p := zoom.New(s.id, s.secret, ""); p.HTTPClient = s.client; return p },
}
