import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule as NestConfigModule, ConfigService, registerAs } from '@nestjs/config';
import { AppConfig } from './app-config.js';

const KEY = 'parley';

/** Carries the one `AppConfig`, built before the application, through `@nestjs/config` to everything that injects it. */
@Module({})
export class ConfigModule {
  static register(config: AppConfig): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      imports: [NestConfigModule.forRoot({ ignoreEnvFile: true, load: [registerAs(KEY, () => config)] })],
      providers: [
        {
          provide: AppConfig,
          inject: [ConfigService],
          useFactory: (service: ConfigService) => service.getOrThrow<AppConfig>(KEY),
        },
      ],
      exports: [AppConfig],
    };
  }
}
