/** Name of the event that contains a finding of the run doctor. */
export const DOCTOR_EVENT = 'doctor';
/** Path of the change that records that the user continued a run despite a finding. */
export const GO_ON_PATH = 'doctor.go_on';
/** Name of the event of a rollback. */
export const ROLLBACK_EVENT = 'rolled_back';
/** Name of the event that contains the data ledger of a run. */
export const LEDGER_EVENT = 'data_ledger';
/** The same ledger in the run's folder, from which a lost store is rebuilt. */
export const LEDGER_FILE = 'data-ledger.json';
/** Name of the event that keeps the report of a run, recorded whenever it ends. */
export const REPORT_EVENT = 'report';
