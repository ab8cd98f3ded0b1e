package service

import (
	"crypto/sha1" //nolint:gosec // Windows makes the numbers of services with it
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"golang.org/x/sys/windows"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// On Windows the service has an account of its own, which sees nothing of what belongs
// to a person. What it needs is granted to it when it is installed.

// need is what the service does with a file or a folder.
type need struct {
	path   string
	rights windows.ACCESS_MASK
	below  bool // also with what lies in the folder, now and later
}

const (
	mayRead   = windows.FILE_GENERIC_READ | windows.FILE_GENERIC_EXECUTE
	mayChange = mayRead | windows.FILE_GENERIC_WRITE | windows.DELETE
)

// needs are what the service uses. Who names an account says what that one may do.
func (o Options) needs() ([]need, error) {
	if o.User != "" {
		return nil, nil
	}
	var list []need
	for _, dir := range append(distinct(o.DataDirs), distinct(o.DropDirs)...) {
		list = append(list, need{dir, mayChange, true})
	}
	keys, err := filepath.Glob(filepath.Join(o.KeyDir, "*.key"))
	if err != nil {
		return nil, fmt.Errorf("listing the keys: %w", err)
	}
	files := append([]string{o.Executable, o.Config}, o.ReadPaths...)
	if o.KeyFile != "" {
		files = append(files, o.KeyFile)
	}
	for _, p := range distinct(append(files, keys...)) {
		list = append(list, need{p, mayRead, true})
	}
	for _, dir := range distinct(o.ListDirs) {
		list = append(list, need{dir, mayRead, false})
	}
	return list, nil
}

// permit grants the service what it needs.
func (o Options) permit() error {
	list, err := o.needs()
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := elsewhere(n.path); err != nil {
			return err
		}
		if err := n.set(serviceSID(o.Name), windows.GRANT_ACCESS); err != nil {
			return fault.Wrap(fault.Internal, "the service cannot be allowed to use "+n.path,
				"open the console as administrator; on a disk that is not formatted with NTFS nobody can be kept away, so use another", err)
		}
	}
	return nil
}

// forbid takes away what permit has granted. What is not there any more needs nothing.
func (o Options) forbid() error {
	list, err := o.needs()
	for _, n := range list {
		if e := n.set(serviceSID(o.Name), windows.REVOKE_ACCESS); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, fault.Wrap(fault.Internal, "the service is still allowed to use "+n.path, "see the folder's properties, Security", e))
		}
	}
	return err
}

// elsewhere refuses what lies on another computer: there, the service is nobody.
func elsewhere(path string) error {
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(path, `\\`) && windows.GetDriveType(root) != windows.DRIVE_REMOTE {
		return nil
	}
	return fault.New(fault.Invalid, path+" is on another computer, which does not know the account of the service",
		"use a folder of this computer, or a task of your own account: `chartwatch service files --kind windows-task --logged-on`")
}

// set changes what the account may do. It leaves everybody else's rights alone.
func (n need) set(account *windows.SID, mode windows.ACCESS_MODE) error {
	const what = windows.DACL_SECURITY_INFORMATION
	now, err := windows.GetNamedSecurityInfo(n.path, windows.SE_FILE_OBJECT, what)
	if err != nil {
		return err
	}
	list, _, err := now.DACL()
	if err != nil {
		return err
	}
	if list, err = n.change(list, account, mode); err != nil {
		return err
	}
	return windows.SetNamedSecurityInfo(n.path, windows.SE_FILE_OBJECT, what, nil, nil, list, nil)
}

// change returns a list of who may do what with the account's entry in it, or without.
func (n need) change(list *windows.ACL, account *windows.SID, mode windows.ACCESS_MODE) (*windows.ACL, error) {
	entry := windows.EXPLICIT_ACCESS{
		AccessPermissions: n.rights, AccessMode: mode, Inheritance: windows.NO_INHERITANCE,
		Trustee: windows.TRUSTEE{TrusteeForm: windows.TRUSTEE_IS_SID, TrusteeType: windows.TRUSTEE_IS_UNKNOWN, TrusteeValue: windows.TrusteeValueFromSID(account)},
	}
	if n.below {
		entry.Inheritance = windows.SUB_CONTAINERS_AND_OBJECTS_INHERIT
	}
	return windows.ACLFromEntries([]windows.EXPLICIT_ACCESS{entry}, list)
}

// serviceSID is the number of the account that every service has by its name: the parts
// of the SHA-1 of the name in capital letters ([MS-DTYP] 2.4.2.4, S-1-5-80). Windows
// itself knows it only once the service exists.
func serviceSID(name string) *windows.SID {
	hash := sha1.New() //nolint:gosec // see above
	for _, unit := range utf16.Encode([]rune(strings.ToUpper(name))) {
		_ = binary.Write(hash, binary.LittleEndian, unit) // a hash takes everything
	}
	sum := hash.Sum(nil)
	part := func(n int) uint32 { return binary.LittleEndian.Uint32(sum[4*n:]) }
	sid, _ := windows.StringToSid(fmt.Sprintf("S-1-5-80-%d-%d-%d-%d-%d", part(0), part(1), part(2), part(3), part(4))) // it always has this shape
	return sid
}
