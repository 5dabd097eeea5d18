import type { GatewayDescription } from '../common/api-description/describe.decorator.js';
import { socketErrorSchema } from '../common/api-description/error-schemas.js';
import { jobSchema } from './annotation-job.js';

/** What the AsyncAPI document says of annotation. */
export const ANNOTATION_EVENTS: GatewayDescription = {
  fromClient: {
    nlProcessing: {
      summary: 'Asks for comments on the marked words, as an object or its JSON text.',
      payload: jobSchema,
    },
  },
  fromServer: {
    NLPResult: { summary: 'The job with its comments filled in.', payload: jobSchema },
    NLPError: { summary: 'Why a job, or some of its comments, failed.', payload: socketErrorSchema },
  },
};
