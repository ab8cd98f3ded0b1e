package seal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// protectedMark is the first line of a key file that Windows protects.
const protectedMark = "chartwatch-dpapi-1\n"

// checkMode accepts every file: Windows protects its contents, and its
// permissions are those of the user's profile.
func checkMode(string, fs.FileMode, fs.FileMode) error { return nil }

// protect encrypts the text for the Windows account that the program runs as.
func protect(text string) ([]byte, error) {
	sealed, err := crypt([]byte(text), windows.CryptProtectData)
	if err != nil {
		return nil, fmt.Errorf("protecting the key for this Windows account: %w", err)
	}
	return []byte(protectedMark + base64.StdEncoding.EncodeToString(sealed) + "\n"), nil
}

// unprotect decrypts what protect wrote. A file in clear, which a person has put
// there, is taken as it is.
func unprotect(data []byte) (string, error) {
	coded, ok := bytes.CutPrefix(data, []byte(protectedMark))
	if !ok {
		return string(data), nil
	}
	sealed, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(coded)))
	if err != nil {
		return "", fault.New(fault.Invalid, "the key file is damaged", "use `chartwatch key import`")
	}
	plain, err := crypt(sealed, func(in *windows.DataBlob, _ *uint16, entropy *windows.DataBlob, reserved uintptr, prompt *windows.CryptProtectPromptStruct, flags uint32, out *windows.DataBlob) error {
		return windows.CryptUnprotectData(in, nil, entropy, reserved, prompt, flags, out)
	})
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "the key file belongs to another Windows account",
			"run chartwatch as the account that made it, or use `chartwatch key import`", err)
	}
	return string(plain), nil
}

// dataProtection is the shape that both calls of the Windows interface share.
type dataProtection func(in *windows.DataBlob, name *uint16, entropy *windows.DataBlob, reserved uintptr, prompt *windows.CryptProtectPromptStruct, flags uint32, out *windows.DataBlob) error

func crypt(data []byte, call dataProtection) ([]byte, error) {
	if len(data) == 0 || len(data) > 2*maxKeyFile {
		return nil, fs.ErrInvalid
	}
	in := windows.DataBlob{Size: uint32(len(data)), Data: &data[0]} //nolint:gosec // bounded above
	var out windows.DataBlob
	if err := call(&in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out); err != nil {
		return nil, err
	}
	result := bytes.Clone(unsafe.Slice(out.Data, out.Size))               //nolint:gosec // Windows returns a pointer and a length
	_, err := windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data))) //nolint:gosec // what Windows has allocated
	return result, err
}
