//go:build windows

package service

import "golang.org/x/sys/windows"

// What the tests look at.
var (
	ServiceSID = serviceSID
	Permit     = Options.permit
	Forbid     = Options.forbid
)

// Granted is an access list in Windows' own writing, with what the service may read.
func Granted(list, name string, below bool) (string, error) {
	return changed(list, name, need{rights: mayRead, below: below}, windows.GRANT_ACCESS)
}

// Revoked is an access list without what the service may do.
func Revoked(list, name string) (string, error) {
	return changed(list, name, need{rights: mayRead}, windows.REVOKE_ACCESS)
}

func changed(list, name string, n need, mode windows.ACCESS_MODE) (string, error) {
	sd, err := windows.SecurityDescriptorFromString(list)
	if err != nil {
		return "", err
	}
	acl, _, err := sd.DACL()
	if err != nil {
		return "", err
	}
	if acl, err = n.change(acl, serviceSID(name), mode); err != nil {
		return "", err
	}
	if sd, err = windows.NewSecurityDescriptor(); err != nil {
		return "", err
	}
	err = sd.SetDACL(acl, true, false)
	return sd.String(), err
}
