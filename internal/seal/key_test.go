package seal_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
)

func TestParseKey(t *testing.T) {
	k := newKey(t)
	text := k.Export()
	for name, written := range map[string]string{
		"as_exported": text, "lower_case": strings.ToLower(text), "with_spaces": " " + text[:20] + " " + text[20:50] + "\n" + text[50:] + "\n",
	} {
		got, err := seal.ParseKey(written)
		if err != nil || !got.Equal(k) || got.ID() != k.ID() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseKeyWithMistakes(t *testing.T) {
	text := fixedKey
	other := func(c byte) string {
		if c == 'Q' {
			return "P"
		}
		return "Q"
	}
	tests := []struct {
		name, text, want string
	}{
		{"empty", "", "this is not a key: it does not start with AGE-SECRET-KEY-1"},
		{"something_else", "hunter2 is my password", "this is not a key: it does not start with AGE-SECRET-KEY-1"},
		{"recipient", newKey(t).Recipient(), "this is not a key: it does not start with AGE-SECRET-KEY-1"},
		{"short", text[:70], "this is not a key: it is 70 characters long instead of 74"},
		{"long", text + "Q", "this is not a key: it is 75 characters long instead of 74"},
		{"letter_o", text[:30] + "O" + text[31:], "this is not a key: character 31 is one that keys do not contain"},
		{"accent", text[:30] + "é" + text[31:], "this is not a key: character 31 is one that keys do not contain"},
		{"typo", text[:40] + other(text[40]) + text[41:], "this is not a key: its check sum does not match, so at least one character is wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, err := seal.ParseKey(tt.text)
			if err == nil || err.Error() != tt.want || !k.IsZero() {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
			if fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
				t.Errorf("kind %v, hint %q", fault.KindOf(err), fault.HintOf(err))
			}
		})
	}
}

func TestKeyID(t *testing.T) {
	one, two := newKey(t), newKey(t)
	if one.ID() == two.ID() || len(one.ID()) != 16 || strings.Contains(one.Export(), strings.ToUpper(one.ID())) {
		t.Errorf("ids %q and %q", one.ID(), two.ID())
	}
	if same, err := seal.ParseKey(one.Export()); err != nil || one.Equal(two) || !one.Equal(same) || one.IsZero() {
		t.Error("keys are not told apart")
	}
	var none seal.Key
	if none.ID() != "" || none.Export() != "" || none.Recipient() != "" || !none.IsZero() {
		t.Error("the zero key is something")
	}
}

func TestRecovery(t *testing.T) {
	dir, k, lost := t.TempDir(), newKey(t), newKey(t)
	officer, stranger := newKey(t), newKey(t)
	if err := seal.WriteRecovery(dir, lost, []string{stranger.Recipient()}); err != nil {
		t.Fatal(err)
	}
	if err := seal.WriteRecovery(dir, k, []string{officer.Recipient(), newKey(t).Recipient()}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "recovery.age")
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(data, []byte("AGE-SECRET-KEY")) {
		t.Fatalf("the file holds the key in clear, %v", err)
	}
	identity := "# made for a test\n" + officer.Export() + "\n"
	if got, err := seal.ReadRecovery(dir, strings.NewReader(identity)); err != nil || !got.Equal(k) {
		t.Errorf("recovered another key, %v", err)
	}
	if _, err := seal.ReadRecovery(dir, strings.NewReader(stranger.Export())); !errors.Is(err, seal.ErrWrongKey) || fault.HintOf(err) == "" {
		t.Errorf("stranger: %v, want ErrWrongKey", err)
	}
	if _, err := seal.ReadRecovery(dir, strings.NewReader(stranger.Export()[:60])); fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("no identity: %v", err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.ReadRecovery(dir, strings.NewReader(identity)); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("damaged: %v, want ErrDamaged", err)
	}
	if err := seal.WriteRecovery(dir, k, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.ReadRecovery(dir, strings.NewReader(identity)); !errors.Is(err, fs.ErrNotExist) || fault.KindOf(err) != fault.NotFound {
		t.Errorf("removed: %v, want fs.ErrNotExist", err)
	}
	if err := seal.WriteRecovery(dir, k, nil); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}

func TestAgeToolCanRecover(t *testing.T) {
	dir, k, officer := t.TempDir(), newKey(t), newKey(t)
	if err := seal.WriteRecovery(dir, k, []string{officer.Recipient()}); err != nil {
		t.Fatal(err)
	}
	identity, err := age.ParseX25519Identity(officer.Export())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, seal.RecoveryFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	r, err := age.Decrypt(f, identity)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil || b.String() != k.Export()+"\n" {
		t.Errorf("recovered something else, %v", err)
	}
}
