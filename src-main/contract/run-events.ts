/** Name of the event that carries a finding of the run doctor. */
export const DOCTOR_EVENT = 'doctor';
/** Path of the change that records that somebody let a run go on in spite of a finding. */
export const GO_ON_PATH = 'doctor.go_on';
/** Name of the event of a rollback. */
export const ROLLBACK_EVENT = 'rolled_back';
