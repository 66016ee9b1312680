package com.example.app

import android.app.Application
import androidx.lifecycle.DefaultLifecycleObserver
import androidx.lifecycle.LifecycleOwner
import androidx.lifecycle.ProcessLifecycleOwner
import com.xinbida.wukongim.WKIM

/** No WuKongIM SDK disconnects by itself. While the server believes that the phone is connected, nothing is pushed to it. */
class App : Application() {
    /** A call that goes on keeps the connection. */
    var isInCall = false

    override fun onCreate() {
        super.onCreate()
        ProcessLifecycleOwner.get().lifecycle.addObserver(object : DefaultLifecycleObserver {
            override fun onStart(owner: LifecycleOwner) {
                WKIM.getInstance().connectionManager.connection()
            }

            override fun onStop(owner: LifecycleOwner) {
                // Not disconnect(true): that erases the login.
                if (!isInCall) WKIM.getInstance().connectionManager.disconnect(false)
            }
        })
    }
}
