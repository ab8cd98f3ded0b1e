package seal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/zalando/go-keyring"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal/durable"
)

// ErrNoKey means that no key exists for the data directory.
var ErrNoKey = errors.New("there is no key for this data directory")

// Names of the places where keys are kept.
const (
	credentialName = "chartwatch.key"
	keyringService = "chartwatch"
	keyFileEnding  = ".key"
)

// Ring is the current key and those before it, the latest first.
type Ring struct {
	Current  Key
	Previous []Key
}

// Locator finds the key of one data directory. The places are, in this order:
// File, and no other place, if it is set; the file chartwatch.key in
// CredentialsDir; the keyring of the operating system; a file in Dir.
type Locator struct {
	// Instance is the id of the data directory, of letters, digits, "-" and "_".
	Instance string
	// File is an explicit key file, or empty.
	File string
	// Dir is the directory of key files for all data directories of a person.
	Dir string
	// CredentialsDir is where systemd puts credentials, or empty.
	CredentialsDir string
	// Keyring says whether the keyring of the operating system is used.
	Keyring bool
}

// place is where a key is or may be.
type place interface {
	// load returns the text that is kept there, or an error that is ErrNoKey.
	load() (string, error)
	// create keeps a text where nothing is yet, and otherwise returns os.ErrExist.
	create(text string) error
	// save keeps a text in the place of what is there.
	save(text string) error
	// name tells a person where it is.
	name() string
}

// Load returns the keys of the data directory. The error is [ErrNoKey] if there
// are none; any other error means that there may well be one.
func (l Locator) Load() (Ring, error) {
	_, ring, err := l.find()
	return ring, err
}

// Where tells a person in which place the key is.
func (l Locator) Where() (string, error) {
	p, _, err := l.find()
	if err != nil {
		return "", err
	}
	return p.name(), nil
}

// Create keeps the first key of a data directory. It refuses to do so if there
// is one already, in whatever place.
func (l Locator) Create(k Key) error {
	if k.IsZero() {
		return errors.New("keeping a key: it is empty")
	}
	p, _, err := l.find()
	if err == nil {
		return keyExists(p)
	}
	if !errors.Is(err, ErrNoKey) {
		return err
	}
	if p, err = l.target(); err != nil {
		return err
	}
	err = p.create(formatRing(Ring{Current: k}))
	if errors.Is(err, os.ErrExist) {
		return keyExists(p)
	}
	return err
}

// Save replaces the keys of the data directory, after a change of the key. They
// stay in the place where they are.
func (l Locator) Save(r Ring) error {
	if r.Current.IsZero() {
		return errors.New("keeping a key: it is empty")
	}
	p, _, err := l.find()
	if errors.Is(err, ErrNoKey) {
		p, err = l.target()
	}
	if err != nil {
		return err
	}
	return p.save(formatRing(r))
}

func keyExists(p place) error {
	return fault.Wrap(fault.Conflict, "a key exists already in "+p.name(),
		"the key was left as it is; to replace it, use `chartwatch key rotate`", os.ErrExist)
}

// find returns the first place that holds a key.
func (l Locator) find() (place, Ring, error) {
	places, err := l.places()
	if err != nil {
		return nil, Ring{}, err
	}
	var names []string
	for _, p := range places {
		text, err := p.load()
		if errors.Is(err, ErrNoKey) {
			names = append(names, p.name())
			continue
		}
		if err != nil {
			return nil, Ring{}, err
		}
		ring, err := parseRing(text, p.name())
		return p, ring, err
	}
	return nil, Ring{}, fault.Wrap(fault.NotFound, "finding the key in "+strings.Join(names, " or "),
		"bring back the key with `chartwatch key import`, from its recovery form or with an identity that recovery.age was made for", ErrNoKey)
}

func (l Locator) places() ([]place, error) {
	if l.File != "" {
		return []place{filePlace{path: l.File}}, nil
	}
	if err := checkInstance(l.Instance); err != nil {
		return nil, err
	}
	var list []place
	if l.CredentialsDir != "" {
		list = append(list, credentialPlace{path: filepath.Join(l.CredentialsDir, credentialName)})
	}
	if l.Keyring {
		list = append(list, keyringPlace{user: l.Instance})
	}
	if l.Dir != "" {
		list = append(list, filePlace{path: filepath.Join(l.Dir, l.Instance+keyFileEnding)})
	}
	if len(list) == 0 {
		return nil, errNoPlace()
	}
	return list, nil
}

// target returns the place for a new key: systemd's credentials cannot be
// written.
func (l Locator) target() (place, error) {
	places, err := l.places()
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		if _, ok := p.(credentialPlace); !ok {
			return p, nil
		}
	}
	return nil, errNoPlace()
}

func errNoPlace() error {
	return fault.New(fault.Invalid, "there is no place for a key", "set key.file in the configuration")
}

// checkInstance makes sure that an id is safe as the name of a file.
func checkInstance(id string) error {
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return errors.New("finding the key: the id of the data directory has a character other than letters, digits, - and _")
		}
	}
	if id == "" || len(id) > 64 {
		return errors.New("finding the key: the id of the data directory is empty or longer than 64 characters")
	}
	return nil
}

// filePlace is a key file of our own.
type filePlace struct{ path string }

func (p filePlace) name() string { return "file " + p.path }

func (p filePlace) load() (string, error) {
	text, err := readKeyFile(p.path, 0o077)
	if err != nil {
		return "", err
	}
	return unprotect(text)
}

func (p filePlace) create(text string) error { return p.write(text, durable.CreateFile) }
func (p filePlace) save(text string) error   { return p.write(text, durable.WriteFile) }

func (p filePlace) write(text string, write func(string, []byte) error) error {
	data, err := protect(text)
	if err == nil {
		err = guarded(p.path, func() error { return write(p.path, data) })
	}
	if err != nil {
		return fmt.Errorf("writing the key file: %w", err)
	}
	return nil
}

// credentialPlace is the file that systemd's LoadCredential= makes.
type credentialPlace struct{ path string }

func (p credentialPlace) name() string { return "credential " + p.path }

func (p credentialPlace) load() (string, error) {
	// Systemd gives access by an access-control list, which shows up as
	// permissions of the group.
	text, err := readKeyFile(p.path, 0o007)
	return string(text), err
}

func (p credentialPlace) create(string) error { return p.save("") }

func (p credentialPlace) save(string) error {
	return fault.New(fault.Conflict, "the key comes from systemd and cannot be written",
		"put the new key into the file that LoadCredential= names in the unit")
}

// keyringPlace is an entry in the keyring of the operating system.
type keyringPlace struct{ user string }

func (p keyringPlace) name() string { return "the keyring of the operating system" }

func (p keyringPlace) load() (string, error) {
	text, err := keyring.Get(keyringService, p.user)
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return "", ErrNoKey
	case err != nil:
		return "", p.fail("reading the key from", err)
	default:
		return text, nil
	}
}

func (p keyringPlace) create(text string) error {
	_, err := p.load()
	if err == nil {
		return os.ErrExist
	}
	if !errors.Is(err, ErrNoKey) {
		return err
	}
	return p.save(text)
}

func (p keyringPlace) save(text string) error {
	if err := keyring.Set(keyringService, p.user, text); err != nil {
		return p.fail("keeping the key in", err)
	}
	return nil
}

func (p keyringPlace) fail(doing string, err error) error {
	return fault.Wrap(fault.Internal, doing+" the keyring of the operating system",
		"unlock the keyring; on a machine without one set `store: file` under `key:` in the configuration", err)
}
