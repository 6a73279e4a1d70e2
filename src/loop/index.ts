// What turns trained versions into released ones: their record, their archive.

export { programAt, recordTraining, type TrainingRecord } from "./training-record.ts";
