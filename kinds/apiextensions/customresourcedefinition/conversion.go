package customresourcedefinition

import (
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/util/cert"

	"argosy.dev/kinds/rules"
	"argosy.dev/kinds/webhook"
)

// reviewVersions are the versions of ConversionReview in which this API server can ask.
var reviewVersions = []string{"v1", "v1beta1"}

func validateConversion(c *apiextensions.CustomResourceConversion, path *field.Path) field.ErrorList {
	if c == nil {
		return nil
	}
	var errs field.ErrorList
	if c.Strategy == "" {
		errs = append(errs, field.Required(path.Child("strategy"), ""))
	} else {
		errs = append(errs, rules.In(c.Strategy, path.Child("strategy"), apiextensions.NoneConverter, apiextensions.WebhookConverter)...)
	}
	client, versions := path.Child("webhookClientConfig"), path.Child("conversionReviewVersions")
	if c.Strategy != apiextensions.WebhookConverter {
		const why = "should not be set when strategy is not set to Webhook"
		if c.WebhookClientConfig != nil {
			errs = append(errs, field.Forbidden(client, why))
		}
		if len(c.ConversionReviewVersions) > 0 {
			errs = append(errs, field.Forbidden(versions, why))
		}
		return errs
	}
	if c.WebhookClientConfig == nil {
		errs = append(errs, field.Required(client, "required when strategy is set to Webhook"))
	} else {
		errs = append(errs, validateClient(c.WebhookClientConfig, client)...)
	}
	return append(errs, validateReviewVersions(c.ConversionReviewVersions, versions)...)
}

func validateClient(c *apiextensions.WebhookClientConfig, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(c.CABundle) > 0 {
		if _, err := cert.ParseCertsPEM(c.CABundle); err != nil {
			errs = append(errs, field.Invalid(path.Child("caBundle"), c.CABundle, "unable to load root certificates: "+err.Error()))
		}
	}
	switch {
	case (c.URL == nil) == (c.Service == nil):
		return append(errs, field.Required(path, "exactly one of url or service is required"))
	case c.URL != nil:
		return append(errs, webhook.URL(*c.URL, path.Child("url"))...)
	}
	s := webhook.Service{Namespace: c.Service.Namespace, Name: c.Service.Name, Path: c.Service.Path, Port: &c.Service.Port}
	return append(errs, s.Validate(path.Child("service"))...)
}

func validateReviewVersions(list []string, path *field.Path) field.ErrorList {
	if len(list) == 0 {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	spoken := false
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			errs = append(errs, field.Invalid(path.Index(i), v, "duplicate version"))
			continue
		}
		errs = append(errs, rules.Each(validation.IsDNS1035Label(v), v, path.Index(i))...)
		spoken = spoken || slices.Contains(reviewVersions, v)
	}
	if !spoken {
		errs = append(errs, field.Invalid(path, list, "must include at least one of "+strings.Join(reviewVersions, ", ")))
	}
	return errs
}
