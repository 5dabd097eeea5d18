import { Global, Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Budgets } from './budgets.js';
import { ledgerConfig } from './ledger.config.js';
import { LedgerMetrics } from './ledger-metrics.js';
import { LEDGER } from './ledger.js';
import { Prices } from './prices.js';
import { MemoryLedger } from './providers/memory/memory-ledger.js';
import { WindowFile } from './providers/memory/window-file.js';
import { TokenSpend } from './token-spend.js';
import { UsageController } from './usage/usage.controller.js';
import { UsageService } from './usage/usage.service.js';

/** Global, as every feature asks it before it spends. */
@Global()
@Module({
  controllers: [UsageController],
  providers: [
    {
      provide: LEDGER,
      inject: [ledgerConfig.KEY],
      useFactory: (config: ConfigType<typeof ledgerConfig>) =>
        new MemoryLedger(
          config,
          Date.now,
          config.file ? new WindowFile(config.file, config.saveMs) : undefined,
        ),
    },
    {
      provide: Prices,
      inject: [ledgerConfig.KEY],
      useFactory: ({ pricesFile }: ConfigType<typeof ledgerConfig>) => Prices.load(pricesFile),
    },
    Budgets,
    LedgerMetrics,
    TokenSpend,
    UsageService,
  ],
  exports: [Budgets, TokenSpend],
})
export class LedgerModule {}
