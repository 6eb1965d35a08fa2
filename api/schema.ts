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
    "/v1/backups/{backupId}/contents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["listContents"];
        delete?: never;
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
    "/v1/backups/{backupId}/preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["preflightBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{backupId}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["openReport"];
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
    "/v1/drills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listDrills"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getEvidence"];
        put?: never;
        post?: never;
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
    "/v1/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["readLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getMe"];
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
    "/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOverview"];
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
    "/v1/public-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getPublicStatus"];
        put?: never;
        post?: never;
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
    "/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getSignIn"];
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
                bytesPerSecond?: number;
                estimatedBytes: number;
                plainBytes: number;
                segments?: components["schemas"]["SegmentProgress"][];
                step: string;
                updatedAt?: string;
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
            steps?: components["schemas"]["Step"][];
            storedBytes?: number;
            /** @enum {string} */
            tier: "hourly" | "daily" | "weekly" | "monthly" | "yearly" | "manual";
            tools?: {
                [key: string]: string;
            };
            /** @enum {string} */
            trigger: "schedule" | "manual" | "restore-point";
            usualSeconds?: number;
            usualSteps?: {
                name: string;
                seconds: number;
            }[];
            verification?: components["schemas"]["Verification"];
            warnings?: string[];
        };
        BackupContents: {
            components: {
                items?: number;
                kind: string;
                name: string;
                plainBytes: number;
                segments: number;
                source: string;
                sourceBytes?: number;
                title: string;
            }[];
            componentsLeft?: number;
            items: components["schemas"]["HeldItem"][];
            nextAfter?: string;
            whole: boolean;
        };
        ComparedItem: {
            backup?: {
                rows?: number;
            };
            name: string;
            restored?: {
                checksum?: string;
                rows?: number;
            };
            same: boolean;
            source?: {
                checksum?: string;
                rows?: number;
            };
            type: string;
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
        ContentsRequestInput: {
            after?: string;
            component?: string;
            /** @default 200 */
            limit?: number;
            prefix?: string;
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
        Drill: {
            at: string;
            backupId: string;
            counted?: {
                [key: string]: number;
            };
            detail: string;
            differences?: number;
            /** @enum {string} */
            level: "stored" | "readable" | "restored";
            planId: string;
            reportKey?: string;
            seconds?: number;
            slot: string;
            /** @enum {string} */
            status: "passed" | "failed" | "error";
            targetSeconds?: number;
        };
        Evidence: {
            alerts: {
                closedAt?: string;
                conditionId: string;
                kind: string;
                planId?: string;
                /** @enum {string} */
                severity: "critical" | "warning";
                since: string;
            }[];
            at: string;
            deletions?: {
                action: string;
                at: string;
                by: string;
                /** @enum {string} */
                result?: "ok" | "refused" | "failed";
                target: string;
            }[];
            drills: components["schemas"]["Drill"][];
            from: string;
            keys: {
                exportedAt?: string;
                id: string;
                provenAt?: string;
            }[];
            left: {
                alerts: number;
                deletions: number;
                drills: number;
                plans: number;
                restores: number;
            };
            plans: {
                alerts: {
                    closed: number;
                    longestOpenSeconds?: number;
                    raised: number;
                };
                completed: number;
                enabled: boolean;
                expectedRuns: number;
                failed: number;
                kept: number;
                lastProvenAt?: string;
                longestGapSeconds?: number;
                missed: number;
                name?: string;
                oldestKeptSlot?: string;
                planId: string;
                policy: {
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
                proofs: {
                    failed: number;
                    readable: number;
                    restored: number;
                };
                restores: {
                    completed: number;
                    failed: number;
                };
                schedule: {
                    expression: string;
                    intervalSeconds: number;
                    timeZone: string;
                };
                storedBytes: number;
                successRate?: number;
                targets?: {
                    recoveryPointMinutes?: number;
                    recoveryTimeMinutes?: number;
                };
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
            }[];
            restores: {
                backupId: string;
                compared?: {
                    [key: string]: number;
                };
                completedAt?: string;
                createdAt: string;
                createdBy: string;
                planId: string;
                restoreId: string;
                /** @enum {string} */
                status: "pending" | "waiting" | "running" | "completed" | "failed" | "cancelled";
            }[];
            stackName: string;
            to: string;
            version: string;
            whole: boolean;
        };
        HeldItem: {
            bytes?: number;
            checksum?: string;
            component: string;
            modifiedAt?: string;
            name: string;
            rows?: number;
            type: string;
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
        Log: {
            from: string;
            groups: string[];
            items: components["schemas"]["LogLine"][];
            nextCursor?: string;
            to: string;
        };
        LogLine: {
            at: string;
            fields: {
                [key: string]: unknown;
            };
            function: string;
            /** @enum {string} */
            level: "debug" | "info" | "warn" | "error";
            message: string;
        };
        Me: {
            authTime?: string;
            expiresAt?: string;
            groups: string[];
            name: string;
            /** @enum {string} */
            role: "viewer" | "operator" | "admin";
            stepUpMinutes?: number;
            subject: string;
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
        OpenedReport: {
            key: string;
            report: components["schemas"]["Report"];
        };
        Overview: {
            at: string;
            cleanedAt?: string;
            conditions: components["schemas"]["Condition"][];
            conditionsLeft: number;
            counts: {
                critical: number;
                plans: number;
                resting: number;
                warning: number;
                well: number;
            };
            nextCursor?: string;
            openAlerts: number;
            pause?: {
                at: string;
                by: string;
                reason: string;
            };
            plans: components["schemas"]["OverviewPlan"][];
            stackName: string;
            /** @enum {string} */
            state: "well" | "warning" | "critical" | "paused" | "empty";
            storedBytes?: number;
            version: string;
            watchedAt?: string;
            whole: boolean;
        };
        OverviewPlan: {
            conditions: string[];
            days: {
                completed: number;
                day: string;
                failed: number;
                missed: number;
                proven: number;
            }[];
            enabled: boolean;
            kinds: ("postgres" | "mongodb" | "files")[];
            lastGood?: {
                backupId: string;
                completedAt?: string;
                slot: string;
            };
            latest?: {
                at?: string;
                backupId: string;
                error?: components["schemas"]["RowError"];
                slot: string;
                /** @enum {string} */
                status: "pending" | "running" | "completed" | "failed" | "expired";
                /** @enum {string} */
                trigger: "schedule" | "manual" | "restore-point";
            };
            name?: string;
            nextRunAt?: string;
            paused: boolean;
            planId: string;
            proven?: {
                at: string;
                backupId?: string;
                /** @constant */
                level: "restored";
            };
            running?: {
                backupId: string;
                estimatedBytes?: number;
                plainBytes?: number;
                startedAt?: string;
                step?: string;
            };
            /** @enum {string} */
            severity: "none" | "warning" | "critical";
            /** @enum {string} */
            state: "well" | "running" | "late" | "missed" | "failed" | "unverified" | "unproven" | "damaged" | "paused" | "off" | "new" | "unseen";
            storedBytes?: number;
            targetSeconds: number;
            verified?: {
                at: string;
                backupId: string;
                /** @enum {string} */
                level: "stored" | "readable" | "restored";
                /** @enum {string} */
                status: "passed" | "failed" | "error";
            };
            why?: string;
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
            targets?: {
                recoveryPointMinutes?: number;
                recoveryTimeMinutes?: number;
            };
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
            targets?: {
                recoveryPointMinutes?: number;
                recoveryTimeMinutes?: number;
            };
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
        PreflightCheck: {
            detail: string;
            name: string;
            next?: string;
            /** @enum {string} */
            state: "ok" | "warning" | "failed" | "unknown";
            title: string;
        };
        PreflightResult: {
            checks: components["schemas"]["PreflightCheck"][];
            needsBytes?: number;
            ok: boolean;
            target: string;
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
        PublicStatus: {
            at: string;
            checkedAt?: string;
            lastBackupAt?: string;
            lastProvenAt?: string;
            since?: string;
            /** @enum {string} */
            state: "well" | "trouble" | "unknown";
        };
        Report: {
            attempt: number;
            backupId: string;
            completedAt: string;
            components: {
                comparison: {
                    compared: {
                        [key: string]: number;
                    };
                    differences: string[];
                    facts: {
                        [key: string]: string | number;
                    };
                    items?: components["schemas"]["ComparedItem"][];
                    itemsLeft?: number;
                    notProven: {
                        what: string;
                        why: string;
                    }[];
                };
                /** @enum {string} */
                level: "stored" | "readable" | "restored";
                name: string;
                seconds: number;
                title: string;
            }[];
            correlationId: string;
            /** @constant */
            format: "holdfast/report";
            /** @enum {string} */
            level: "stored" | "readable" | "restored";
            /** @enum {string} */
            levelAsked: "stored" | "readable" | "restored";
            manifestSha256: string;
            planId: string;
            remarks: string[];
            /** @enum {string} */
            result: "passed" | "failed";
            seconds: number;
            startedAt: string;
            stored: {
                bytes: number;
                differences: string[];
                hashed: boolean;
                objects: number;
            };
            tools: {
                [key: string]: string;
            };
            /** @constant */
            version: 1;
        };
        ReportRequestInput: {
            key?: string;
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
                bytesPerSecond?: number;
                plainBytes: number;
                segments?: components["schemas"]["SegmentProgress"][];
                step: string;
                totalBytes: number;
                updatedAt?: string;
            };
            request: components["schemas"]["RestoreOrder"];
            restoreId: string;
            result?: {
                [key: string]: unknown;
            };
            secondsLeft?: number;
            startedAt?: string;
            /** @enum {string} */
            status: "pending" | "waiting" | "running" | "completed" | "failed" | "cancelled";
            steps?: components["schemas"]["Step"][];
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
        SegmentProgress: {
            component?: string;
            name: string;
            plainBytes: number;
            /** @enum {string} */
            state: "waiting" | "running" | "done";
            totalBytes: number;
        };
        Settings: {
            api: {
                allowFrom: number;
                throttle?: {
                    burst: number;
                    ratePerSecond: number;
                };
            };
            channels: {
                kind: string;
                name?: string;
                plans: number;
            }[];
            connections: {
                kind: string;
                plans: string[];
                secret: string;
            }[];
            keys: {
                algorithm: string;
                createdAt?: string;
                current: boolean;
                exportedAt?: string;
                id: string;
                provenAt?: string;
                provenBackup?: string;
                /** @enum {string} */
                use: "current" | "recovery" | "kms" | "old";
            }[];
            publicStatus: boolean;
            quotaBytes?: number;
            recipients?: {
                address: string;
                confirmed: boolean;
            }[];
            region?: string;
            roles: {
                admin: string;
                operator: string;
                viewer: string;
            };
            signIn: {
                issuer?: string;
                /** @enum {string} */
                kind?: "pool" | "oidc";
                /** @enum {string} */
                mfa?: "off" | "optional" | "required";
                stepUpMinutes?: number;
            };
            signingKeys: {
                id: string;
                /** @enum {string} */
                role: "backup" | "verify" | "operator";
            }[];
            stackName: string;
            vault: {
                bucket?: string;
                objectLock?: {
                    days: number;
                    /** @enum {string} */
                    mode: "GOVERNANCE" | "COMPLIANCE";
                };
                prefix?: string;
                replica?: boolean;
                tierCeilings?: {
                    [key: string]: number;
                };
                undeleteDays: number;
            };
            version: string;
        };
        SignIn: {
            audience?: string;
            clientId?: string;
            issuer: string;
            scopes: string[];
            signInUrl?: string;
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
            forecast?: {
                days: {
                    30: {
                        keptBytes: number;
                        monthlyUsd: number;
                    };
                    90: {
                        keptBytes: number;
                        monthlyUsd: number;
                    };
                    365: {
                        keptBytes: number;
                        monthlyUsd: number;
                    };
                };
                method: string;
            };
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
        Step: {
            name: string;
            seconds?: number;
            startedAt: string;
            /** @enum {string} */
            state: "done" | "running" | "failed";
            title?: string;
        };
        Task: {
            backupId?: string;
            completedAt?: string;
            correlationId: string;
            createdAt: string;
            createdBy: string;
            error?: components["schemas"]["RowError"];
            /** @enum {string} */
            kind: "plan-test" | "verify" | "cleanup" | "expire" | "undelete" | "preflight" | "contents" | "report";
            planId?: string;
            result?: components["schemas"]["PreflightResult"] | components["schemas"]["BackupContents"] | components["schemas"]["OpenedReport"] | unknown;
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
            counted?: {
                [key: string]: number;
            };
            detail: string;
            differences?: number;
            /** @enum {string} */
            level: "stored" | "readable" | "restored";
            provenAt?: string;
            reportKey?: string;
            seconds?: number;
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
    listContents: {
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
                "application/json": components["schemas"]["ContentsRequestInput"];
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
    preflightBackup: {
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
                "application/json": components["schemas"]["NewRestoreInput"];
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
    openReport: {
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
                "application/json": components["schemas"]["ReportRequestInput"];
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
    listDrills: {
        parameters: {
            query?: {
                cursor?: string;
                from?: string;
                limit?: number;
                plan?: string;
                result?: "passed" | "failed" | "error";
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
                        items: components["schemas"]["Drill"][];
                        nextCursor?: string;
                    };
                };
            };
        };
    };
    getEvidence: {
        parameters: {
            query?: {
                from?: string;
                plan?: string;
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
                    "application/json": components["schemas"]["Evidence"];
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
    readLog: {
        parameters: {
            query?: {
                backup?: string;
                cursor?: string;
                level?: "debug" | "info" | "warn" | "error";
                limit?: number;
                restore?: string;
                task?: string;
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
                    "application/json": components["schemas"]["Log"];
                };
            };
        };
    };
    getMe: {
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
                    "application/json": components["schemas"]["Me"];
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
    getOverview: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
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
                    "application/json": components["schemas"]["Overview"];
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
    getPublicStatus: {
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
                    "cache-control"?: string;
                    "x-correlation-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicStatus"];
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
    getSettings: {
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
                    "application/json": components["schemas"]["Settings"];
                };
            };
        };
    };
    getSignIn: {
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
                    "application/json": components["schemas"]["SignIn"];
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
