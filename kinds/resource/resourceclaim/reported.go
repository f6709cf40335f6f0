package resourceclaim

import (
	resourcev1 "k8s.io/api/resource/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/resource/devices"
)

// id tells devices apart, shown in messages as it is.
type id struct{ Driver, Pool, Device, ShareID string }

// validateDevices checks what drivers report of the devices that the claim was given.
func validateDevices(list []resourcev1.AllocatedDeviceStatus, a *resourcev1.AllocationResult, path *field.Path) field.ErrorList {
	given := map[id]bool{}
	if a != nil {
		for _, r := range a.Devices.Results {
			d := id{Driver: r.Driver, Pool: r.Pool, Device: r.Device}
			if r.ShareID != nil {
				d.ShareID = string(*r.ShareID)
			}
			given[d] = true
		}
	}
	var errs field.ErrorList
	seen := map[id]bool{}
	for i := range list {
		d, at := &list[i], path.Index(i)
		key := id{Driver: d.Driver, Pool: d.Pool, Device: d.Device}
		if d.ShareID != nil {
			key.ShareID = *d.ShareID
		}
		errs = append(errs, devices.ValidateDriver(d.Driver, at.Child("driver"))...)
		errs = append(errs, devices.ValidatePool(d.Pool, at.Child("pool"))...)
		errs = append(errs, devices.ValidateLabel(d.Device, at.Child("device"))...)
		if !given[key] {
			errs = append(errs, field.Invalid(at, key, "must be an allocated device in the claim"))
		}
		if seen[key] {
			errs = append(errs, field.Duplicate(at, key))
		}
		seen[key] = true
		if len(d.Conditions) > resourcev1.AllocatedDeviceStatusMaxConditions {
			errs = append(errs, field.TooMany(at.Child("conditions"), len(d.Conditions), resourcev1.AllocatedDeviceStatusMaxConditions))
		}
		errs = append(errs, metavalidation.ValidateConditions(d.Conditions, at.Child("conditions"))...)
		if d.Data != nil && len(d.Data.Raw) > 0 {
			errs = append(errs, devices.ValidateRaw(*d.Data, resourcev1.AllocatedDeviceStatusDataMaxLength, at.Child("data"))...)
		}
		errs = append(errs, validateNetwork(d.NetworkData, at.Child("networkData"))...)
	}
	return errs
}

func validateNetwork(n *resourcev1.NetworkDeviceData, path *field.Path) field.ErrorList {
	if n == nil {
		return nil
	}
	var errs field.ErrorList
	if len(n.InterfaceName) > resourcev1.NetworkDeviceDataInterfaceNameMaxLength {
		errs = append(errs, field.TooLong(path.Child("interfaceName"), "", resourcev1.NetworkDeviceDataInterfaceNameMaxLength))
	}
	if len(n.HardwareAddress) > resourcev1.NetworkDeviceDataHardwareAddressMaxLength {
		errs = append(errs, field.TooLong(path.Child("hardwareAddress"), "", resourcev1.NetworkDeviceDataHardwareAddressMaxLength))
	}
	at := path.Child("ips")
	if len(n.IPs) > resourcev1.NetworkDeviceDataMaxIPs {
		errs = append(errs, field.TooMany(at, len(n.IPs), resourcev1.NetworkDeviceDataMaxIPs))
	}
	seen := map[string]bool{}
	for i, ip := range n.IPs {
		errs = append(errs, utilvalidation.IsValidInterfaceAddress(at.Index(i), ip)...)
		if seen[ip] {
			errs = append(errs, field.Duplicate(at.Index(i), ip))
		}
		seen[ip] = true
	}
	return errs
}
