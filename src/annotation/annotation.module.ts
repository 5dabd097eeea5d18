import { Module } from '@nestjs/common';
import { AnnotationGateway } from './annotation.gateway.js';
import { AnnotationMetrics } from './annotation-metrics.js';
import { AnnotationService } from './annotation.service.js';
import { Explainer } from './explainer.js';

/** Comes with chat, whose model it asks: `CHAT_MODEL` is provided globally by the chat module. */
@Module({ providers: [AnnotationGateway, AnnotationService, AnnotationMetrics, Explainer] })
export class AnnotationModule {}
