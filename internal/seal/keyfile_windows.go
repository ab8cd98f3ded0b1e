package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// protectedMark is the first line of a key file whose contents Windows encrypts.
const protectedMark = "chartwatch-dpapi-1\n"

// checkMode accepts every file: a mode says nothing on Windows. Who may read a key file
// is in its access list, which guarded sets.
func checkMode(string, fs.FileMode, fs.FileMode) error { return nil }

// protect encrypts the text for this computer, so that a copy of the file is worth
// nothing elsewhere. It does not do so for the account of the person, whose secret
// Windows only has while that person is logged on: the weekly review would wait for
// it. On this computer the file's access list is what keeps others away.
func protect(text string) ([]byte, error) {
	sealed, err := crypt([]byte(text), windows.CryptProtectData)
	if err != nil {
		return nil, fmt.Errorf("protecting the key for this computer: %w", err)
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
		return "", fault.Wrap(fault.Invalid, "the key file was made on another computer, or for another account of Windows",
			"use `chartwatch key import`", err)
	}
	return string(plain), nil
}

// guarded writes a key file and sets who may use it: those who could use the file in
// whose place it comes, and otherwise this account, the system and administrators.
func guarded(path string, write func() error) error {
	list, err := whoMay(path)
	if err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	const what = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION // nothing from the folder above
	if err := windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, what, nil, nil, list, nil); err != nil {
		return fault.Wrap(fault.Internal, "who may read the key file cannot be set", "keep the key on a disk that is formatted with NTFS: set key.file", err)
	}
	return nil
}

func whoMay(path string) (*windows.ACL, error) {
	now, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if errors.Is(err, fs.ErrNotExist) {
		var me *windows.Tokenuser
		if me, err = windows.GetCurrentProcessToken().GetTokenUser(); err == nil {
			now, err = windows.SecurityDescriptorFromString("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + me.User.Sid.String() + ")")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("seeing who may read the key file: %w", err)
	}
	list, _, err := now.DACL()
	return list, err
}

// dataProtection is the shape that both calls of the Windows interface share.
type dataProtection func(in *windows.DataBlob, name *uint16, entropy *windows.DataBlob, reserved uintptr, prompt *windows.CryptProtectPromptStruct, flags uint32, out *windows.DataBlob) error

func crypt(data []byte, call dataProtection) ([]byte, error) {
	if len(data) == 0 || len(data) > 2*maxKeyFile {
		return nil, fs.ErrInvalid
	}
	in := windows.DataBlob{Size: uint32(len(data)), Data: &data[0]} //nolint:gosec // bounded above
	var out windows.DataBlob
	if err := call(&in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN|windows.CRYPTPROTECT_LOCAL_MACHINE, &out); err != nil {
		return nil, err
	}
	result := bytes.Clone(unsafe.Slice(out.Data, out.Size))               //nolint:gosec // Windows returns a pointer and a length
	_, err := windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data))) //nolint:gosec // what Windows has allocated
	return result, err
}
