/** Name of the event that contains a finding of the run doctor. */
export const DOCTOR_EVENT = 'doctor';
/** Path of the change that records that the user continued a run despite a finding. */
export const GO_ON_PATH = 'doctor.go_on';
/** Name of the event of a rollback. */
export const ROLLBACK_EVENT = 'rolled_back';
