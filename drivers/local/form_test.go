package local_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/signet-sso/signet/drivers/local"
)

// stored is one password as another program has hashed it.
type stored struct{ form, password, hash, cost string }

// imports are hashes made by other implementations: the specification's own
// for SHA-512-crypt where it says so, else libxcrypt, Python's hashlib and the
// reference implementation of argon2.
func imports() []stored {
	return []stored{
		{"SHA-512-crypt, specified", "Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", "sha512 5000"},
		{"SHA-512-crypt, specified, with rounds", "Hello world!", "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.", "sha512 10000"},
		{"SHA-512-crypt, specified, cut salt", "This is just a test", "$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0", "sha512 5000"},
		{"SHA-512-crypt, specified, long password", "a very much longer text to encrypt.  This one even stretches over morethan one line.", "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1", "sha512 1400"},
		{"SHA-512-crypt, specified, short salt", "we have a short salt string but not a short password", "$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0", "sha512 77777"},
		{"SHA-512-crypt, specified, full salt", "a short string", "$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1", "sha512 123456"},
		{"SHA-512-crypt, specified, fewest rounds", "the minimum number is still observed", "$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX.", "sha512 1000"},
		{"SHA-512-crypt, empty salt", "empty salt", "$6$$8Lsf87AQZ1a0HU6lp/qX8euzqgc0OEibupjG89HgWva7WvuXWWbyivEFHyO8xmUeWfG5WzHeGoZq5RZR2dnIB1", "sha512 5000"},
		{"SHA-512-crypt, 180 bytes", strings.Repeat("ü", 90), "$6$rounds=1000$abc$Ms.hgSt/yMExsf9WNxDz7vFlCUIew/.W0wdyPSbKvLrTebrM.2Oa53uAacf0Qp1OkwDbntnN2CYiDZUSxlC6m0", "sha512 1000"},
		{"bcrypt $2a$", "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "bcrypt 05"},
		{"bcrypt $2b$ of 80 bytes, as bcrypt cuts it", strings.Repeat("x", 80), "$2b$04$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC", "bcrypt 04"},
		{"bcrypt $2y$ of 72 bytes", strings.Repeat("x", 72), "$2y$04$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC", "bcrypt 04"},
		{"PBKDF2-SHA256 of passlib", "password", "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2Rl/w$.jmmUByzonYnR9JXG6XZ0FoT9ID1ZPzn5.qELTNQgIc", "pbkdf2 1000"},
		{"PBKDF2-SHA256 of Django", "password", "pbkdf2_sha256$1000$seasalt$YIWkt6M1JFXrHg5s0jZjBSc7C2Cz6QvchSJ0h8Y+i7c=", "pbkdf2 1000"},
		{"argon2id of the reference implementation", "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "argon2id m=256 t=2 p=1 salt 8"},
		{"argon2id of the reference implementation, two lanes", "password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "argon2id m=256 t=2 p=2 salt 8"},
		{"argon2i of the reference implementation", "password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8", "argon2i m=256 t=2 p=1 salt 8"},
		{"argon2id as Django writes it", "password", "argon2$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "argon2id m=256 t=2 p=1 salt 8"},
		{"bcrypt as Spring writes it", "U*U", "{bcrypt}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "bcrypt 05"},
		{"bcrypt as Django writes it", "U*U", "bcrypt$$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "bcrypt 05"},
		{"scrypt of Django", "password", "scrypt$16$seasalt$8$5$wxqJdBizPnvAPguB9tVno89BdaBvwxZxZZ74SzuUDfe2Yyj4RLOUloCqzv55wN8JJoDJ1x0tGofZ7wVHPXd68w==", "scrypt 16 8 5"},
		{"scrypt of Werkzeug", "password", "scrypt:16:8:1$seasalt$7ff519e5c8b03932b3d04efea41eff2eeb9bc32979961fa9590111817d7bac04036edcb6e53837c2b8adf6150b3783852a2ffea5b3bc6fdb501084b901e7885c", "scrypt 16 8 1"},
		{"PBKDF2-SHA256 of Werkzeug", "password", "pbkdf2:sha256:1000$seasalt$6085a4b7a3352455eb1e0e6cd2366305273b0b60b3e90bdc85227487c63e8bb7", "pbkdf2 1000"},
		{"scrypt of passlib, text salt", "password", "$scrypt$ln=4,r=8,p=1$c2Vhc2FsdA$f/UZ5ciwOTKz0E7+pB7/Luubwyl5lh+pWQERgX17rAQ", "scrypt 16 8 1"},
		{"scrypt of passlib", "password", "$scrypt$ln=4,r=8,p=1$U29kaXVtQ2hsb3JpZGU$nDP6tQtr6S2BOvedHlQdGzXX1Un1lesvX7frlYDZF84", "scrypt 16 8 1"},
	}
}

func TestP02EveryStoredFormIsRead(t *testing.T) {
	h := cheap()
	for _, c := range imports() {
		t.Run(c.form, func(t *testing.T) {
			cost, err := h.Cost(c.hash)
			if err != nil || cost != c.cost {
				t.Fatalf("got %q, %v; want %q", cost, err, c.cost)
			}
			ok, stale, err := h.Verify(t.Context(), c.password, c.hash)
			if !ok || !stale || err != nil {
				t.Errorf("the right password: got %v, stale %v, %v; want true, true", ok, stale, err)
			}
			ok, stale, err = h.Verify(t.Context(), "y"+c.password, c.hash)
			if ok || stale || err != nil {
				t.Errorf("a wrong password: got %v, stale %v, %v; want false, false", ok, stale, err)
			}
			if ok, _, err := h.Verify(t.Context(), c.hash, c.hash); ok || err != nil {
				t.Errorf("P-11 the stored hash as password: got %v, %v; want false", ok, err)
			}
		})
	}
}

// unreadable are stored values that are no usable hash.
func unreadable() []string {
	salt, sum := "$c2FsdHNhbHRzYWx0c2FsdA", "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	good := "$argon2id$v=19$m=64,t=1,p=1" + salt + sum
	bad := []string{
		"", "!", "*", "x", "-", "null", "NULL", "password", "$", "$$$$", "$argon2id$", "$1$salt$sum", "$5$salt$sum",
		"$argon2d$v=19$m=64,t=1,p=1" + salt + sum, "$argon2i$m=64,t=1,p=1" + salt + sum, "argon2$$argon2id$v=19$m=64,t=1,p=1" + salt + sum,
		"{bcrypt}", "{bcrypt}" + good, "{noop}password", "{bcrypt}{bcrypt}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"scrypt$16$$8$5$wxqJdBizPnvAPguB9tVno89BdaBvwxZxZZ74SzuUDfe2Yyj4RLOUloCqzv55wN8JJoDJ1x0tGofZ7wVHPXd68w==",
		"scrypt$15$salt$8$5$wxqJdBizPnvAPguB9tVno89BdaBvwxZxZZ74SzuUDfe2Yyj4RLOUloCqzv55wN8JJoDJ1x0tGofZ7wVHPXd68w==",
		"scrypt$1$salt$8$5$wxqJdBizPnvAPguB9tVno89BdaBvwxZxZZ74SzuUDfe2Yyj4RLOUloCqzv55wN8JJoDJ1x0tGofZ7wVHPXd68w==", "scrypt$16$salt$8$5$AAAA",
		"scrypt:16:8:1$salt$" + strings.Repeat("A", 128), "scrypt:16:8:1$salt$" + strings.Repeat("a", 126), "scrypt:16:8$salt$" + strings.Repeat("a", 128),
		"scrypt:16:8:1$$" + strings.Repeat("a", 128), "pbkdf2:sha256:1000$$" + strings.Repeat("a", 64), "pbkdf2:sha256:1000$salt$" + strings.Repeat("g", 64),
		"pbkdf2:sha256:0$salt$" + strings.Repeat("a", 64), "pbkdf2:sha1:1000$salt$" + strings.Repeat("a", 40), "pbkdf2:sha256:1000$salt$" + strings.Repeat("a", 40),
		"pbkdf2:sha256:1000:1$salt$" + strings.Repeat("a", 64), "md5$salt$" + strings.Repeat("a", 32), "sha1$salt$" + strings.Repeat("a", 40),
		"$argon2id$m=64,t=1,p=1" + salt + sum,
		"$argon2id$v=16$m=64,t=1,p=1" + salt + sum, "$argon2id$v=19$t=1,m=64,p=1" + salt + sum,
		"$argon2id$v=19$m=64,t=1" + salt + sum, "$argon2id$v=19$m=64,t=1,p=1,q=1" + salt + sum,
		"$argon2id$v=19$m=64,t=0,p=1" + salt + sum, "$argon2id$v=19$m=64,t=1,p=0" + salt + sum,
		"$argon2id$v=19$m=7,t=1,p=1" + salt + sum, "$argon2id$v=19$m=+64,t=1,p=1" + salt + sum,
		"$argon2id$v=19$m=064,t=1,p=1" + salt + sum, "$argon2id$v=19$m=64,t=1,p=1$" + sum, "$argon2id$v=19$m=64,t=1,p=1" + salt + "$",
		"$argon2id$v=19$m=64,t=1,p=1" + salt + sum + "=", good + "\n", " " + good, good + "$", "$ARGON2ID" + good[9:],
		"$argon2id$v=19$m=64,t=1,p=1" + salt + "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", // bits beyond the end
		"pbkdf2_sha256$1000$" + strings.Repeat("s", 600) + "$YIWkt6M1JFXrHg5s0jZjBSc7C2Cz6QvchSJ0h8Y+i7c=",
		"$2b$04$short", "$2b$4$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC", "$2b$+9$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC",
		"$2b$04$CCCCCCCCCCCCCCCCCCCCC=ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC", "$2x$04$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC",
		"$pbkdf2-sha256$0" + salt + sum, "$pbkdf2-sha256$1000" + salt + "$AAAA", "$pbkdf2-sha512$1000" + salt + sum,
		"pbkdf2_sha256$1000$$YIWkt6M1JFXrHg5s0jZjBSc7C2Cz6QvchSJ0h8Y+i7c=", "pbkdf2_sha256$1000$salt$AAAA",
		"$scrypt$ln=4,r=8" + salt + sum, "$scrypt$ln=0,r=8,p=1" + salt + sum, "$7$abc",
		"$6$rounds=999$salt$" + strings.Repeat("a", 86), "$6$salt$" + strings.Repeat("a", 85), "$6$salt$" + strings.Repeat("=", 86),
		"$6$seventeencharacte$" + strings.Repeat("a", 86), "$6$rounds=5000$rounds=5000$salt$" + strings.Repeat("a", 86),
		strings.Repeat("$argon2id$", 1000),
	}
	return append(bad, dear()...)
}

// dear are well-formed hashes that would take too much of the machine.
func dear() []string {
	salt, sum := "$c2FsdHNhbHRzYWx0c2FsdA", "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	return []string{
		"$argon2id$v=19$m=4294967295,t=1,p=1" + salt + sum, "$argon2id$v=19$m=262145,t=1,p=1" + salt + sum,
		"$argon2id$v=19$m=64,t=65,p=1" + salt + sum, "$argon2id$v=19$m=64,t=4294967295,p=1" + salt + sum,
		"$argon2id$v=19$m=1024,t=1,p=17" + salt + sum, "$argon2id$v=19$m=262144,t=5,p=1" + salt + sum,
		"$argon2i$v=19$m=262145,t=1,p=1" + salt + sum, "$argon2i$v=19$m=262144,t=5,p=1" + salt + sum,
		"argon2$argon2id$v=19$m=262145,t=1,p=1" + salt + sum, "{bcrypt}$2a$16$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC",
		"scrypt$524288$salt$8$1$wxqJdBizPnvAPguB9tVno89BdaBvwxZxZZ74SzuUDfe2Yyj4RLOUloCqzv55wN8JJoDJ1x0tGofZ7wVHPXd68w==",
		"scrypt:524288:8:1$salt$" + strings.Repeat("a", 128), "scrypt:262144:8:3$salt$" + strings.Repeat("a", 128),
		"pbkdf2:sha256:5000001$salt$" + strings.Repeat("a", 64),
		"$scrypt$ln=19,r=8,p=1" + salt + sum, "$scrypt$ln=18,r=8,p=3" + salt + sum, "$scrypt$ln=20,r=64,p=64" + salt + sum,
		"$scrypt$ln=62,r=1,p=1" + salt + sum, "$pbkdf2-sha256$5000001" + salt + sum, "$pbkdf2-sha256$2000000000" + salt + sum,
		"pbkdf2_sha256$5000001$salt$YIWkt6M1JFXrHg5s0jZjBSc7C2Cz6QvchSJ0h8Y+i7c=",
		"$2b$16$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC",
		"$6$rounds=1000001$salt$" + strings.Repeat("a", 86), "$6$rounds=999999999$salt$" + strings.Repeat("a", 86),
	}
}

func TestL05AnUnusableHashOpensNothing(t *testing.T) {
	h := cheap()
	for _, hash := range unreadable() {
		for _, password := range []string{"", "null", "!", hash} {
			ok, stale, err := h.Verify(t.Context(), password, hash)
			if ok || stale || !errors.Is(err, local.ErrHash) {
				t.Errorf("%.40q with %.20q: got %v, %v, %v; want ErrHash", hash, password, ok, stale, err)
			}
			if len(hash) > 12 && err != nil && strings.Contains(err.Error(), hash[len(hash)-12:]) {
				t.Errorf("%.40q: the error %q repeats the hash", hash, err)
			}
		}
	}
}

func TestX01AHostileHashCostsNoMoreThanADecoy(t *testing.T) {
	h := cheap()
	var costs []string
	h.OnHash(func(cost string) { costs = append(costs, cost) })
	for _, hash := range dear() {
		costs = nil
		_, _, _ = h.Verify(t.Context(), "password", hash)
		if len(costs) != 1 || costs[0] != "argon2id m=64 t=1 p=1 salt 16" {
			t.Errorf("%.40q: got the work %q, want one hash of the configured cost", hash, costs)
		}
	}
}

func TestAProcessReadsWhatItWritesItself(t *testing.T) {
	for _, c := range []local.HasherConfig{
		{Memory: 257 << 10, Time: 1}, {Memory: 64, Time: 65}, {Memory: 1024, Time: 1, Parallelism: 17}, {Memory: 1, Time: 1, Parallelism: 3},
	} {
		h := local.NewHasher(c)
		hash, err := h.Hash(t.Context(), "password")
		if err != nil {
			t.Fatal(err)
		}
		if ok, stale, err := h.Verify(t.Context(), "password", hash); !ok || stale || err != nil {
			t.Errorf("%+v: got %v, stale %v, %v; want true, false", c, ok, stale, err)
		}
	}
}

func TestReadableJudgesAHashWithoutUsingIt(t *testing.T) {
	h := cheap()
	h.OnHash(func(cost string) { t.Errorf("it hashed: %s", cost) })
	for _, c := range imports() {
		if err := h.Readable(c.hash); err != nil {
			t.Errorf("%s: got %v, want nil", c.form, err)
		}
	}
	for _, hash := range unreadable() {
		if err := h.Readable(hash); !errors.Is(err, local.ErrHash) {
			t.Errorf("%.40q: got %v, want ErrHash", hash, err)
		}
	}
}

func FuzzStoredHash(f *testing.F) {
	for _, c := range imports() {
		f.Add(c.hash)
	}
	for _, s := range unreadable() {
		f.Add(s)
	}
	h := cheap()
	f.Fuzz(func(t *testing.T, hash string) {
		cost, err := h.Cost(hash)
		if err != nil && !errors.Is(err, local.ErrHash) {
			t.Errorf("%q: got %v, want ErrHash", hash, err)
		}
		if err == nil && (cost == "" || len(hash) > 512 || !utf8.ValidString(cost)) {
			t.Errorf("%q was read as %q", hash, cost)
		}
	})
}
