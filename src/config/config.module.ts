import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule as NestConfigModule, registerAs } from '@nestjs/config';
// oxlint-disable-next-line no-restricted-imports
import type { Configuration } from '../configuration.js';
import { AppConfig } from './app-config.js';

/** Gives every slice, built before the application, to `@nestjs/config`, which provides it under the slice's `KEY`. */
@Module({})
export class ConfigModule {
  static register(config: Configuration): DynamicModule {
    const load = Object.entries(config).map(([namespace, values]) => registerAs(namespace, () => values));
    return {
      module: ConfigModule,
      global: true,
      imports: [
        NestConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, validatePredefined: false, load }),
      ],
      providers: [{ provide: AppConfig, useValue: new AppConfig(config) }],
      exports: [AppConfig],
    };
  }
}
