package limitrange

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// amounts are all that an item says about one resource; what it does not say is nil.
type amounts struct {
	name                                    string
	least, most, usual, usualRequest, ratio *resource.Quantity
}

func amountsOf(item *corev1.LimitRangeItem, name corev1.ResourceName) amounts {
	of := func(list corev1.ResourceList) *resource.Quantity {
		if q, ok := list[name]; ok {
			return &q
		}
		return nil
	}
	return amounts{string(name), of(item.Min), of(item.Max), of(item.Default), of(item.DefaultRequest), of(item.MaxLimitRequestRatio)}
}

// names lists every resource that the item mentions.
func names(item *corev1.LimitRangeItem) []corev1.ResourceName {
	var list []corev1.ResourceName
	for _, part := range []corev1.ResourceList{item.Max, item.Min, item.Default, item.DefaultRequest, item.MaxLimitRequestRatio} {
		for name := range part {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// validateOrder checks that the least, what is filled in and the most are in this order.
func validateOrder(a amounts, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	wrong := func(low, high, shown *resource.Quantity, where, format string) {
		if low != nil && high != nil && low.Cmp(*high) > 0 {
			errs = append(errs, field.Invalid(path.Child(where).Key(a.name), shown.String(), fmt.Sprintf(format, low.String(), high.String())))
		}
	}
	wrong(a.least, a.most, a.least, "min", "min value %s is greater than max value %s")
	wrong(a.least, a.usualRequest, a.usualRequest, "defaultRequest", "min value %s is greater than default request value %s")
	wrong(a.usualRequest, a.most, a.usualRequest, "defaultRequest", "default request value %s is greater than max value %s")
	wrong(a.usualRequest, a.usual, a.usualRequest, "defaultRequest", "default request value %s is greater than default limit value %s")
	wrong(a.least, a.usual, a.least, "default", "min value %s is greater than default value %s")
	wrong(a.usual, a.most, a.most, "default", "default value %s is greater than max value %s")
	errs = append(errs, validateRatio(a, path.Child("maxLimitRequestRatio").Key(a.name))...)
	if a.usual != nil && a.usualRequest != nil && !divisible(a.name) && a.usual.Cmp(*a.usualRequest) != 0 {
		errs = append(errs, field.Invalid(path.Child("default").Key(a.name), a.usual.String(),
			fmt.Sprintf("default value %s must equal to defaultRequest value %s in %s", a.usual.String(), a.usualRequest.String(), a.name)))
	}
	return errs
}

// Only what nodes hand out themselves can be promised twice, and huge pages cannot even so.
func divisible(name string) bool {
	return rules.NativeResource(name) && !strings.HasPrefix(name, corev1.ResourceHugePagesPrefix)
}

func validateRatio(a amounts, path *field.Path) field.ErrorList {
	if a.ratio == nil {
		return nil
	}
	var errs field.ErrorList
	if a.ratio.Cmp(resource.MustParse("1")) < 0 {
		errs = append(errs, field.Invalid(path, a.ratio.String(), fmt.Sprintf("ratio %s is less than 1", a.ratio.String())))
	}
	if a.least == nil || a.most == nil {
		return errs
	}
	ratio, least, most := float64(a.ratio.Value()), a.least.Value(), a.most.Value()
	if a.ratio.Value() < 1000 && least < 1000 && most < 1000 {
		ratio, least, most = float64(a.ratio.MilliValue())/1000, a.least.MilliValue(), a.most.MilliValue()
	}
	if limit := float64(most) / float64(least); ratio > limit {
		errs = append(errs, field.Invalid(path, a.ratio.String(), fmt.Sprintf("ratio %s is greater than max/min = %f", a.ratio.String(), limit)))
	}
	return errs
}
