import { Logger } from '@nestjs/common';

/** Unit tests assert behaviour; what is logged on the way would only bury a failure. */
Logger.overrideLogger(false);
