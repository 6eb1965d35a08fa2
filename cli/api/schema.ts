/** The API as types. Generated from its OpenAPI document by `npm run generate:client`: do not edit. */
export interface paths {
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{alertId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getAlert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{alertId}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["acknowledgeAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{alertId}/unacknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["unacknowledgeAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["exportAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listBackups"];
        put?: never;
        post: operations["createBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{backupId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getBackup"];
        put?: never;
        post?: never;
        delete: operations["deleteBackup"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{backupId}/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["downloadBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{backupId}/pin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["pinBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{backupId}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["restoreBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{backupId}/undelete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["undeleteBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{backupId}/unpin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["unpinBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{backupId}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["verifyBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["cleanUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOpenapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["pauseAll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listPlans"];
        put?: never;
        post: operations["createPlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{planId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getPlan"];
        put: operations["putPlan"];
        post?: never;
        delete: operations["deletePlan"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{planId}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["disablePlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{planId}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["enablePlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{planId}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["pausePlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{planId}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["resumePlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{planId}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["testPlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["testUnsavedPlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/restore-points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listRestorePoints"];
        put?: never;
        post: operations["createRestorePoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/restores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listRestores"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/restores/{restoreId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getRestore"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/restores/{restoreId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["cancelRestore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["resumeAll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/retention/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["previewRetention"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["startRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{taskId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getTask"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Alert: {
            acknowledged?: {
                at: string;
                by: string;
            };
            alertId: string;
            backupId?: string;
            closedAt?: string;
            conditionId: string;
            deliveries?: {
                [key: string]: {
                    at: string;
                    error?: components["schemas"]["RowError"];
                };
            };
            kind: string;
            lastToldAt: string;
            planId?: string;
            /** @enum {string} */
            severity: "critical" | "warning";
            since: string;
            subject: string;
            text: string;
            timesTold: number;
            title: string;
        };
        ArchiveWait: {
            bytes: number;
            estimatedCostUsd: number;
            expectedAt: string;
            objects: number;
            requestedAt: string;
        };
        AuditEntry: {
            action: string;
            address?: string;
            after?: unknown;
            at: string;
            before?: unknown;
            by: string;
            correlationId: string;
            detail: string;
            error?: components["schemas"]["RowError"];
            groups?: string[];
            id: string;
            objects?: string[];
            requestId?: string;
            /** @enum {string} */
            result?: "ok" | "refused" | "failed";
            subject?: string;
            target: string;
            /** @enum {string} */
            via?: "api" | "cli" | "schedule";
        };
        Backup: {
            adoptedAt?: string;
            attempt: number;
            backupId: string;
            basedOnUntil?: string;
            completedAt?: string;
            compressionRatio?: number;
            copies?: {
                [key: string]: {
                    at: string;
                    error?: components["schemas"]["RowError"];
                };
            };
            correlationId: string;
            createdBy: string;
            error?: components["schemas"]["RowError"];
            expiresAt?: string;
            expiry?: {
                by: string;
                decidedAt: string;
                markedAt?: string;
                /** @enum {string} */
                reason: "policy" | "failed" | "request";
            };
            failedAt?: string;
            heldUntil?: string;
            keepDays?: number;
            /** @enum {string} */
            kind: "database" | "files" | "full";
            label?: string;
            locations?: string[];
            manifest?: {
                key: string;
                lengthBytes: number;
                needs: string[];
                objects?: number;
                sha256: string;
            };
            missingSince?: string;
            only?: string[];
            pin?: {
                at: string;
                by: string;
                reason: string;
            };
            planId: string;
            progress?: {
                estimatedBytes: number;
                plainBytes: number;
                step: string;
            };
            reports?: {
                at: string;
                key: string;
                /** @enum {string} */
                level: "stored" | "readable" | "restored";
            }[];
            reportsError?: components["schemas"]["RowError"];
            slot: string;
            source: string;
            sourceBytes?: number;
            startedAt?: string;
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "expired";
            storedBytes?: number;
            /** @enum {string} */
            tier: "hourly" | "daily" | "weekly" | "monthly" | "yearly" | "manual";
            tools?: {
                [key: string]: string;
            };
            /** @enum {string} */
            trigger: "schedule" | "manual" | "restore-point";
            verification?: components["schemas"]["Verification"];
            warnings?: string[];
        };
        Condition: {
            backupId?: string;
            code?: string;
            id: string;
            kind: string;
            next: string;
            planId?: string;
            /** @enum {string} */
            severity: "critical" | "warning";
            since: string;
            why: string;
        };
        Download: {
            expiresAt: string;
            items: {
                key: string;
                lengthBytes?: number;
                /** @enum {string} */
                state: "ready" | "archived" | "returning" | "missing";
                storageClass?: string;
                url?: string;
                versionId?: string;
            }[];
            nextCursor?: string;
        };
        DownloadRequestInput: {
            cursor?: string;
            /** @default 50 */
            limit?: number;
            /** @default 10 */
            minutes?: number;
        };
        LastBackup: {
            backupId: string;
            completedAt?: string;
            error?: components["schemas"]["RowError"];
            failedAt?: string;
            provenAt?: string;
            seconds?: number;
            slot: string;
            sourceBytes?: number;
            startedAt?: string;
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "expired";
            storedBytes?: number;
            /** @enum {string} */
            trigger: "schedule" | "manual" | "restore-point";
            /** @enum {string} */
            verified?: "passed" | "failed" | "error";
        };
        ListedBackup: {
            attempt: number;
            backupId: string;
            completedAt?: string;
            correlationId: string;
            createdBy: string;
            error?: components["schemas"]["RowError"];
            expiresAt?: string;
            failedAt?: string;
            keepDays?: number;
            /** @enum {string} */
            kind: "database" | "files" | "full";
            label?: string;
            missingSince?: string;
            only?: string[];
            pin?: {
                at: string;
                by: string;
                reason: string;
            };
            planId: string;
            slot: string;
            source: string;
            sourceBytes?: number;
            startedAt?: string;
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "expired";
            storedBytes?: number;
            /** @enum {string} */
            tier: "hourly" | "daily" | "weekly" | "monthly" | "yearly" | "manual";
            /** @enum {string} */
            trigger: "schedule" | "manual" | "restore-point";
            verification?: components["schemas"]["Verification"];
        };
        NewBackupInput: {
            keepDays?: number;
            label?: string;
            only?: string[];
            plan: string;
        };
        NewCleanupInput: {
            /** @default true */
            dryRun?: boolean;
            plan?: string;
        };
        NewRestoreInput: {
            /** @default true */
            compare?: boolean;
            component?: string;
            confirmed?: string[];
            /** @default vault */
            from?: ("vault" | "replica") | string;
            /** @default {} */
            options?: {
                [key: string]: unknown;
            };
            /** @default false */
            replace?: boolean;
            restorePoint?: string;
            /**
             * @default standard
             * @enum {string}
             */
            returnSpeed?: "standard" | "bulk";
            /** @default false */
            withoutRestorePoint?: boolean;
        };
        NewRestorePointInput: {
            keepDays?: number;
            label: string;
            only?: string[];
            plan: string;
        };
        NewRunInput: {
            /** @enum {string} */
            level?: "stored" | "readable" | "restored";
            plan?: string;
            /** @enum {string} */
            task: "backup" | "verify" | "cleanup";
        };
        NewVerificationInput: {
            /**
             * @default readable
             * @enum {string}
             */
            level?: "stored" | "readable" | "restored";
        };
        Paused: {
            pause?: {
                at: string;
                by: string;
                reason: string;
            };
            planId?: string;
            was?: {
                at: string;
                by: string;
                reason: string;
            };
        };
        PauseReasonInput: {
            reason: string;
        };
        PinReasonInput: {
            reason: string;
        };
        Plan: {
            createdAt: string;
            lastBackup?: components["schemas"]["LastBackup"];
            nextRuns: string[];
            paused?: {
                at: string;
                by: string;
                reason: string;
            };
            plan: components["schemas"]["PlanFields"];
            revision: number;
            schedule: {
                enabled: boolean;
                expression: string;
                timeZone: string;
            };
            updatedAt: string;
            updatedBy: string;
            usage?: {
                backups: number;
                byTier?: {
                    [key: string]: {
                        backups: number;
                        storedBytes: number;
                    };
                };
                countedAt: string;
                storedBytes: number;
            };
        };
        PlanFields: {
            deadManUrl?: string;
            enabled: boolean;
            graceMinutes: number;
            id: string;
            maxSourceBytes?: number;
            name?: string;
            notifications: {
                channels: {
                    /**
                     * @default warning
                     * @enum {string}
                     */
                    least: "warning" | "critical";
                    name: string;
                    secret: string;
                }[];
                /**
                 * @default warning
                 * @enum {string}
                 */
                least: "warning" | "critical";
                /** @default true */
                onFailure: boolean;
                /** @default false */
                onSuccess: boolean;
                /** @default [] */
                recipients: string[];
                /** @default false */
                weeklySummary: boolean;
            };
            quotaBytes?: number;
            retention: {
                /** @default 30 */
                daily: number;
                /** @default 0 */
                days: number;
                /** @default 48 */
                hourly: number;
                /** @default 30 */
                manualDays: number;
                /** @default 12 */
                monthly: number;
                /** @default 12 */
                weekly: number;
                /** @default 3 */
                yearly: number;
            };
            schedule: {
                aws?: string;
                cron?: string;
                rate?: string;
                timeZone: string;
            };
            sources: ({
                kind: string;
                name: string;
            } & {
                [key: string]: unknown;
            })[];
            vaults: ({
                name: string;
            } & {
                [key: string]: unknown;
            })[];
            verification: {
                /**
                 * @default weekly
                 * @enum {string}
                 */
                drill: "daily" | "weekly" | "monthly" | "never";
                /**
                 * @default readable
                 * @enum {string}
                 */
                level: "stored" | "readable" | "restored";
                /**
                 * @default daily
                 * @enum {string}
                 */
                stored: "daily" | "weekly" | "never";
            };
        };
        PlanHealth: {
            enabled: boolean;
            exposedSeconds?: number;
            intervalSeconds: number;
            lastGood?: {
                backupId: string;
                completedAt?: string;
                slot: string;
            };
            lastProvenAt?: string;
            nextRunAt?: string;
            overdue: boolean;
            paused: boolean;
            planId: string;
            seen: boolean;
        };
        PlanInputInput: {
            deadManUrl?: string;
            /** @default true */
            enabled?: boolean;
            /** @default 60 */
            graceMinutes?: number;
            id: string;
            maxSourceBytes?: number;
            name?: string;
            /** @default {} */
            notifications?: {
                /** @default [] */
                channels?: {
                    /**
                     * @default warning
                     * @enum {string}
                     */
                    least?: "warning" | "critical";
                    name: string;
                    secret: string;
                }[];
                /**
                 * @default warning
                 * @enum {string}
                 */
                least?: "warning" | "critical";
                /** @default true */
                onFailure?: boolean;
                /** @default false */
                onSuccess?: boolean;
                /** @default [] */
                recipients?: string[];
                /** @default false */
                weeklySummary?: boolean;
            };
            quotaBytes?: number;
            /** @default {} */
            retention?: {
                /** @default 30 */
                daily?: number;
                /** @default 0 */
                days?: number;
                /** @default 48 */
                hourly?: number;
                /** @default 30 */
                manualDays?: number;
                /** @default 12 */
                monthly?: number;
                /** @default 12 */
                weekly?: number;
                /** @default 3 */
                yearly?: number;
            };
            schedule?: {
                aws?: string;
                cron?: string;
                rate?: string;
                timeZone?: string;
            };
            sources: ({
                kind: string;
                name: string;
            } & {
                [key: string]: unknown;
            })[];
            /** @default [] */
            vaults?: ({
                name: string;
                secret: string;
            } | {
                folder: string;
                name: string;
            })[];
            /** @default {} */
            verification?: {
                /**
                 * @default weekly
                 * @enum {string}
                 */
                drill?: "daily" | "weekly" | "monthly" | "never";
                /**
                 * @default readable
                 * @enum {string}
                 */
                level?: "stored" | "readable" | "restored";
                /**
                 * @default daily
                 * @enum {string}
                 */
                stored?: "daily" | "weekly" | "never";
            };
        };
        PlanPreview: {
            /** @enum {string} */
            action: "create" | "change" | "unchanged";
            fields: {
                after?: string;
                before?: string;
                field: string;
            }[];
            nextRuns: string[];
            plan: components["schemas"]["PlanFields"];
            revision: number;
            schedule: {
                differs: boolean;
                found?: {
                    enabled: boolean;
                    expression: string;
                    timeZone: string;
                };
                wanted: {
                    enabled: boolean;
                    expression: string;
                    timeZone: string;
                };
            };
        };
        PlanTestInput: {
            /** @default false */
            notify?: boolean;
        };
        Problem: {
            code: string;
            correlationId: string;
            detail: string;
            errors?: {
                allowed: string;
                field: string;
                value?: string;
            }[];
            next: string;
            retryable: boolean;
            status: number;
            title: string;
            type: string;
        };
        RequestedBackup: {
            backupId: string;
            correlationId: string;
            planId: string;
            requestedAt: string;
            /** @constant */
            status: "pending";
        };
        Restore: {
            backupId: string;
            cancelRequested?: boolean;
            completedAt?: string;
            correlationId: string;
            createdAt: string;
            createdBy: string;
            dead?: components["schemas"]["RowError"];
            error?: components["schemas"]["RowError"];
            planId: string;
            progress?: {
                plainBytes: number;
                step: string;
                totalBytes: number;
            };
            request: components["schemas"]["RestoreOrder"];
            restoreId: string;
            result?: {
                [key: string]: unknown;
            };
            startedAt?: string;
            /** @enum {string} */
            status: "pending" | "waiting" | "running" | "completed" | "failed" | "cancelled";
            waitingFor?: components["schemas"]["ArchiveWait"];
        };
        RestoreOrder: {
            backupId: string;
            compare: boolean;
            component?: string;
            confirmed?: string[];
            from: string;
            options: {
                [key: string]: unknown;
            };
            planId: string;
            replace: boolean;
            /** @enum {string} */
            returnSpeed: "standard" | "bulk";
        };
        RestorePreview: {
            archive?: components["schemas"]["ArchiveWait"];
            archiveWords?: string[];
            destruction?: {
                kept: boolean;
                places: string[];
                words: string[];
            };
            /** @constant */
            dryRun: true;
            head: string;
            order: components["schemas"]["RestoreOrder"];
            restorePoint?: {
                doubt?: string;
                label?: string;
                needed: boolean;
                only?: string[];
                plan?: string;
                why?: string;
            };
            /** @enum {string} */
            role: "operator" | "admin";
            steps: string[];
            target?: string;
            warnings: string[];
        };
        RetentionPreview: {
            lines: {
                backupId: string;
                expiresNow?: string;
                expiresThen?: string;
                slot: string;
                storedBytes?: number;
                /** @enum {string} */
                tier: "hourly" | "daily" | "weekly" | "monthly" | "yearly" | "manual";
                /** @enum {string} */
                verdict: "keep" | "expire";
                why: string;
            }[];
            linesLeft: number;
            planId: string;
            policy?: {
                /** @default 30 */
                daily: number;
                /** @default 0 */
                days: number;
                /** @default 48 */
                hourly: number;
                /** @default 30 */
                manualDays: number;
                /** @default 12 */
                monthly: number;
                /** @default 12 */
                weekly: number;
                /** @default 3 */
                yearly: number;
            };
            tiers: {
                expired: number;
                expiredBytes: number;
                kept: number;
                keptBytes: number;
                /** @enum {string} */
                tier: "hourly" | "daily" | "weekly" | "monthly" | "yearly" | "manual";
            }[];
            totals: {
                expired: number;
                expiredBytes: number;
                kept: number;
                keptBytes: number;
            };
            whole: boolean;
        };
        RetentionQuestionInput: {
            plan: string;
            /** @default {} */
            retention?: {
                daily?: number;
                days?: number;
                hourly?: number;
                manualDays?: number;
                monthly?: number;
                weekly?: number;
                yearly?: number;
            };
        };
        RowError: {
            code: string;
            message: string;
            next?: string;
        };
        StartedRuns: {
            failed: {
                error: components["schemas"]["RowError"];
                planId: string;
            }[];
            skipped: {
                planId: string;
                why: string;
            }[];
            started: {
                backupId?: string;
                planId?: string;
                taskId?: string;
            }[];
            /** @enum {string} */
            task: "backup" | "verify" | "cleanup";
        };
        StartedTask: {
            backupId?: string;
            correlationId: string;
            createdAt: string;
            createdBy: string;
            kind: string;
            planId?: string;
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed";
            taskId: string;
        };
        Stats: {
            asOf: string;
            byKind: {
                [key: string]: {
                    backups: number;
                    storedBytes: number;
                };
            };
            byPlan: {
                backups: number;
                completed: number;
                failed: number;
                /** @enum {string} */
                kind?: "database" | "files" | "full";
                lastBackup?: {
                    backupId: string;
                    endedAt?: string;
                    provenAt?: string;
                    seconds?: number;
                    slot: string;
                    sourceBytes?: number;
                    /** @enum {string} */
                    status: "pending" | "running" | "completed" | "failed" | "expired";
                    storedBytes?: number;
                    /** @enum {string} */
                    verified?: "passed" | "failed" | "error";
                };
                missed: number;
                name?: string;
                planId: string;
                storedBytes: number;
            }[];
            byTier: {
                [key: string]: {
                    backups: number;
                    storedBytes: number;
                };
            };
            cost: {
                byStorageClass: {
                    storageClass: string;
                    storedBytes: number;
                    usdPerGiBMonth: number;
                }[];
                monthlyUsd: number;
                pricesAsOf: string;
                region: string;
            };
            /** @enum {string} */
            countedBy: "now" | "watch";
            days: number;
            kept: {
                backups: number;
                storedBytes: number;
            };
            lastBackup?: {
                backupId: string;
                endedAt?: string;
                planId: string;
                provenAt?: string;
                seconds?: number;
                slot: string;
                sourceBytes?: number;
                /** @enum {string} */
                status: "pending" | "running" | "completed" | "failed" | "expired";
                storedBytes?: number;
                /** @enum {string} */
                verified?: "passed" | "failed" | "error";
            };
            nextRuns: {
                at: string;
                planId: string;
            }[];
            otherPlans: number;
            plans: {
                enabled: number;
                total: number;
            };
            totals: {
                averageSeconds?: number;
                averageSourceBytes?: number;
                averageStoredBytes?: number;
                completed: number;
                failed: number;
                longestSeconds: number;
                missed: number;
                proven: number;
                seconds: number;
                sourceBytes: number;
                storedBytes: number;
                successRate?: number;
                verified: number;
                verifyFailed: number;
            };
            trend: {
                completed: number;
                day: string;
                failed: number;
                keptBytes?: number;
                longestSeconds: number;
                missed: number;
                proven: number;
                seconds: number;
                sourceBytes: number;
                storedBytes: number;
                verified: number;
                verifyFailed: number;
            }[];
            whole: boolean;
        };
        Status: {
            at: string;
            cleanedAt?: string;
            conditions: components["schemas"]["Condition"][];
            isWell: boolean;
            pause?: {
                at: string;
                by: string;
                reason: string;
            };
            plans: components["schemas"]["PlanHealth"][];
            stack: string;
            storedBytes?: number;
            version: string;
            watchedAt?: string;
            whole: boolean;
        };
        Task: {
            backupId?: string;
            completedAt?: string;
            correlationId: string;
            createdAt: string;
            createdBy: string;
            error?: components["schemas"]["RowError"];
            /** @enum {string} */
            kind: "plan-test" | "verify" | "cleanup" | "expire" | "undelete" | "preflight";
            planId?: string;
            result?: unknown;
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed";
            taskId: string;
        };
        UnsavedPlanTestInput: {
            /** @default false */
            notify?: boolean;
            plan: components["schemas"]["PlanInputInput"];
        };
        Verification: {
            detail: string;
            /** @enum {string} */
            level: "stored" | "readable" | "restored";
            provenAt?: string;
            reportKey?: string;
            /** @enum {string} */
            status: "passed" | "failed" | "error";
            verifiedAt: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAlerts: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                plan?: string;
                state?: "open" | "closed" | "all";
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Alert"][];
                        nextCursor?: string;
                    };
                };
            };
        };
    };
    getAlert: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                alertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
        };
    };
    acknowledgeAlert: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                alertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
        };
    };
    unacknowledgeAlert: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                alertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                action?: string;
                by?: string;
                cursor?: string;
                from?: string;
                limit?: number;
                month?: string;
                result?: "ok" | "refused" | "failed" | "unknown";
                target?: string;
                to?: string;
                via?: "api" | "cli" | "schedule";
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditEntry"][];
                        nextCursor?: string;
                    };
                };
            };
        };
    };
    exportAudit: {
        parameters: {
            query?: {
                action?: string;
                by?: string;
                cursor?: string;
                from?: string;
                limit?: number;
                month?: string;
                result?: "ok" | "refused" | "failed" | "unknown";
                target?: string;
                to?: string;
                via?: "api" | "cli" | "schedule";
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    "x-next-cursor"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
        };
    };
    listBackups: {
        parameters: {
            query?: {
                cursor?: string;
                from?: string;
                kind?: "database" | "files" | "full";
                label?: string;
                limit?: number;
                order?: "asc" | "desc";
                plan?: string;
                sort?: "slot" | "storedBytes" | "durationSeconds";
                status?: "pending" | "running" | "completed" | "failed" | "expired";
                tier?: "hourly" | "daily" | "weekly" | "monthly" | "yearly" | "manual";
                to?: string;
                verified?: "passed" | "failed" | "none" | "stored" | "readable" | "restored";
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ListedBackup"][];
                        nextCursor?: string;
                    };
                };
            };
        };
    };
    createBackup: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBackupInput"];
            };
        };
        responses: {
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedBackup"];
                };
            };
        };
    };
    getBackup: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
        };
    };
    deleteBackup: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedTask"];
                };
            };
        };
    };
    downloadBackup: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DownloadRequestInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Download"];
                };
            };
        };
    };
    pinBackup: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                backupId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PinReasonInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
        };
    };
    restoreBackup: {
        parameters: {
            query?: {
                dryRun?: "true" | "false";
            };
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path: {
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewRestoreInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Restore"] | components["schemas"]["RestorePreview"];
                };
            };
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Restore"] | components["schemas"]["RestorePreview"];
                };
            };
        };
    };
    undeleteBackup: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path: {
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedTask"];
                };
            };
        };
    };
    unpinBackup: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                backupId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PinReasonInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
        };
    };
    verifyBackup: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path: {
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewVerificationInput"];
            };
        };
        responses: {
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedTask"];
                };
            };
        };
    };
    cleanUp: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewCleanupInput"];
            };
        };
        responses: {
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ok";
                    };
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                };
            };
        };
    };
    getOpenapi: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    pauseAll: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseReasonInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Paused"];
                };
            };
        };
    };
    listPlans: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Plan"][];
                        nextCursor?: string;
                    };
                };
            };
        };
    };
    createPlan: {
        parameters: {
            query?: {
                dryRun?: "true" | "false";
            };
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanInputInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    etag?: string;
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"] | components["schemas"]["PlanPreview"];
                };
            };
            201: {
                headers: {
                    etag?: string;
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"] | components["schemas"]["PlanPreview"];
                };
            };
        };
    };
    getPlan: {
        parameters: {
            query?: never;
            header?: {
                "if-none-match"?: string;
                "x-correlation-id"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    etag?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            304: {
                headers: {
                    etag?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    putPlan: {
        parameters: {
            query?: never;
            header?: {
                "if-match"?: string;
                "if-none-match"?: "*";
                "x-correlation-id"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanInputInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    etag?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            201: {
                headers: {
                    etag?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
        };
    };
    deletePlan: {
        parameters: {
            query?: never;
            header?: {
                "if-match"?: string;
                "x-correlation-id"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    disablePlan: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    etag?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
        };
    };
    enablePlan: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    etag?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
        };
    };
    pausePlan: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseReasonInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Paused"];
                };
            };
        };
    };
    resumePlan: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Paused"];
                };
            };
        };
    };
    testPlan: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PlanTestInput"];
            };
        };
        responses: {
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    testUnsavedPlan: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UnsavedPlanTestInput"];
            };
        };
        responses: {
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    listRestorePoints: {
        parameters: {
            query?: {
                cursor?: string;
                from?: string;
                limit?: number;
                order?: "asc" | "desc";
                plan?: string;
                status?: "pending" | "running" | "completed" | "failed" | "expired";
                to?: string;
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ListedBackup"][];
                        nextCursor?: string;
                    };
                };
            };
        };
    };
    createRestorePoint: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRestorePointInput"];
            };
        };
        responses: {
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedBackup"];
                };
            };
        };
    };
    listRestores: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                order?: "asc" | "desc";
                plan?: string;
                status?: "pending" | "waiting" | "running" | "completed" | "failed" | "cancelled";
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Restore"][];
                        nextCursor?: string;
                    };
                };
            };
        };
    };
    getRestore: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                restoreId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Restore"];
                };
            };
        };
    };
    cancelRestore: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                restoreId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Restore"];
                };
            };
        };
    };
    resumeAll: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Paused"];
                };
            };
        };
    };
    previewRetention: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetentionQuestionInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetentionPreview"];
                };
            };
        };
    };
    startRuns: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRunInput"];
            };
        };
        responses: {
            202: {
                headers: {
                    "idempotency-replayed"?: string;
                    location?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedRuns"];
                };
            };
        };
    };
    getTask: {
        parameters: {
            query?: never;
            header?: {
                "x-correlation-id"?: string;
            };
            path: {
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    getStats: {
        parameters: {
            query?: {
                days?: number;
                plan?: string;
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
        };
    };
    getStatus: {
        parameters: {
            query?: {
                plan?: string;
            };
            header?: {
                "x-correlation-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
}
