// Package certificatesubject refuses requests for certificates that would make somebody a master of the cluster: the group system:masters is
// above every rule, and such a certificate could not be taken back.
package certificatesubject
